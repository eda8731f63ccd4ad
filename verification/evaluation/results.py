"""Results of a long run, one line of JSON each, kept as they come.

    with ResultFile.opened(path, of={"pack": "open"}) as results:
        results.append({"sha256": ...})

The first line says what the results are of. A line that a crash cut short is dropped, and what
was not written is simply judged again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from verification.evaluation.errors import OtherEvaluation


class ResultFile:
    """The results so far, and the file that more are appended to."""

    def __init__(self, file: BinaryIO, lines: list[dict[str, Any]]) -> None:
        self._file = file
        self.lines = lines

    @classmethod
    @contextmanager
    def opened(cls, path: Path, *, of: Mapping[str, Any]) -> Iterator["ResultFile"]:
        """Go on with the results in `path`, or begin them.

        Raises `OtherEvaluation` where they are not `of` the same thing.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            whole, lines = _read(file.read(), path)
            file.truncate(whole)
            results = cls(file, lines[1:])
            if not lines:
                results.append(dict(of), keep=False)
            elif lines[0] != dict(of):
                raise OtherEvaluation(
                    f"`{path}` holds results of {json.dumps(lines[0])}: name another place, or "
                    "remove it to begin again"
                )
            yield results

    def append(self, line: dict[str, Any], *, keep: bool = True) -> None:
        """Write one result so that a crash afterwards cannot lose it."""
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        if keep:
            self.lines.append(line)


def _read(content: bytes, path: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many bytes are whole lines, and what they say."""
    whole = content.rfind(b"\n") + 1
    try:
        return whole, [json.loads(line) for line in content[:whole].splitlines()]
    except ValueError as error:
        raise OtherEvaluation(f"`{path}` holds no results: {error}") from error
