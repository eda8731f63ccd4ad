"""Sound of one kind in, samples of the kind that the models hear out: FFmpeg, on one thread.

PyAV's own resampler starts as many threads as there are processors, and the process that decodes
may start none.

    resampler = Resampler(frame)                # set up for frames like this one
    pieces = [resampler.take(frame), resampler.take(None)]
"""

import errno
from typing import Any

import numpy as np

from verification.voices.contracts import SAMPLE_RATE, Samples


class Resampler:
    """Mono samples at `SAMPLE_RATE`, -1 to 1, of frames that are like the first one."""

    def __init__(self, first: Any) -> None:  # noqa: ANN401 (PyAV is imported where it is used)
        from av.filter import Graph

        self._kind = _kind_of(first)
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=first.time_base,
        )
        wanted = self._graph.add(
            "aformat", sample_rates=str(SAMPLE_RATE), sample_fmts="flt", channel_layouts="mono"
        )
        self._graph.link_nodes(source, wanted, self._graph.add("abuffersink")).configure()

    def take(self, frame: Any) -> Samples:  # noqa: ANN401 (as above)
        """What `frame` completes; after None, which ends the sound, all that was held back.

        Raises `ValueError` for a frame of another kind, and what FFmpeg raises.
        """
        if frame is not None and _kind_of(frame) != self._kind:
            raise ValueError("the sound changes its kind")
        self._graph.push(frame)
        pieces = [np.zeros(0, dtype=np.float32)]
        while (piece := self._pull()) is not None:
            pieces.append(piece.to_ndarray().reshape(-1).astype(np.float32))
        return np.concatenate(pieces)

    def _pull(self) -> Any:  # noqa: ANN401 (as above)
        from av.error import EOFError as EndOfSound
        from av.error import FFmpegError

        try:
            return self._graph.pull()
        except EndOfSound:
            return None
        except FFmpegError as error:
            if error.errno == errno.EAGAIN:
                return None
            raise


def _kind_of(frame: Any) -> tuple[str, str, int]:  # noqa: ANN401 (as above)
    return frame.format.name, frame.layout.name, frame.sample_rate
