"""Fetch what a source names. Comparing it with what was pinned is the caller's part.

source = parse_source("pypi:silero_vad==6.2.3!silero_vad/data/silero_vad.onnx")
fetch(source, sha256="7b7f…", size=11_317_527, into=folder / "a", step="silero", progress=silent)
"""

import os
import shutil
from pathlib import Path

from verification.sources import https_files, pip_archives
from verification.sources.contracts import HF, Kind, MalformedSource, Progress, Source, SourceError

HUB = "https://huggingface.co"
"""Where `hf:` repositories are, unless the hub's own variable `HF_ENDPOINT` names a mirror."""


def fetch(
    source: Source, *, sha256: str, size: int, into: Path, step: str, progress: Progress
) -> None:
    """Write the origin of `source` to `into`. The caller checks its content.

    Raises `SourceError`.
    """
    match source.kind:
        case Kind.PYPI:
            pip_archives.download(
                source.origin, sha256=sha256, size=size, into=into, step=step, progress=progress
            )
        case Kind.FILE:
            _copy(Path(source.origin.removeprefix("file:")), into)
            progress(step, size, size)
        case Kind.HTTPS:
            https_files.download(source.origin, into=into, size=size, step=step, progress=progress)
        case Kind.BUILT:
            raise SourceError(f"`{source.origin}` was built here: `cameo models build` makes it")
        case Kind.HF:
            url = hub_url(source.origin, hub=os.environ.get("HF_ENDPOINT", HUB))
            https_files.download(url, into=into, size=size, step=step, progress=progress)


def hub_url(origin: str, *, hub: str) -> str:
    """The address of `hf:OWNER/REPOSITORY@REVISION/PATH` on `hub`.

    >>> hub_url("hf:owner/model@v1/a/b.onnx", hub="https://hub.example")
    'https://hub.example/owner/model/resolve/v1/a/b.onnx'
    """
    asked = HF.fullmatch(origin)
    if asked is None:
        raise MalformedSource(f"not an `hf:` source: `{origin}`")
    return f"{hub.rstrip('/')}/{asked['repo']}/resolve/{asked['revision']}/{asked['path']}"


def _copy(original: Path, into: Path) -> None:
    try:
        shutil.copyfile(original, into)
    except OSError as error:
        raise SourceError(f"cannot read `{original}`: {error.strerror}") from error
