"""Files that callers hand in for a worker to look at: stored under names that say whose they are.

    with kept(context, SCANS, "sca_1", [Upload(file, "image/png")]) as documents:
        ...  # store a record that names them

>>> when = datetime(2026, 1, 1, tzinfo=UTC)
>>> origin_of(name_of("scans", "sca_1", 0, now=when)) == ("scans", "sca_1", when)
True
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from cameo_service.context import Context
from cameo_service.enrollments.recordings import discard
from cameo_service.errors import Invalid

MOST_FILES = 8
SCANS, PROTECTED = "scans", "protected"
_NAME = re.compile(rf"(?P<kind>{SCANS}|{PROTECTED})/(?P<id>\w+)/(?P<came>\d{{1,12}})-\d+")


class Upload(NamedTuple):
    """One file, and what its sender calls it."""

    file: BinaryIO
    media_type: str


@contextmanager
def kept(
    context: Context, kind: str, id: str, uploads: Sequence[Upload]
) -> Iterator[tuple[dict[str, Any], ...]]:
    """Store the files, as documents with `blob` and `media_type`: all of them, or none.

    They are deleted again where the block fails, which is to store the record that names them.
    Raises `Invalid` for none or too many of them, `TooLarge` past the limit for all together.
    """
    if not uploads:
        raise Invalid("files_missing", "the form has no file `files`")
    if len(uploads) > MOST_FILES:
        raise Invalid("too_many_files", f"at most {MOST_FILES} files at once")
    left, documents = context.settings.scan_upload_limit, list[dict[str, Any]]()
    try:
        for number, upload in enumerate(uploads):
            name = name_of(kind, id, number, now=context.clock())
            documents.append({"blob": name, "media_type": upload.media_type[:100]})
            left -= context.blobs.put(name, upload.file, limit=left)
        yield tuple(documents)
    except BaseException:
        forget(context, documents)
        raise


def forget(context: Context, documents: Iterable[dict[str, Any]]) -> None:
    """Delete the files that these documents name. What cannot be deleted now, the sweep finds."""
    for document in documents:
        discard(context, str(document["blob"]))


def name_of(kind: str, id: str, number: int, *, now: datetime) -> str:
    """The name of one file."""
    return f"{kind}/{id}/{int(now.timestamp())}-{number}"


def origin_of(blob: str) -> tuple[str, str, datetime] | None:
    """Kind, id and time that `name_of` put into a name, or None for another's."""
    match = _NAME.fullmatch(blob)
    if match is None:
        return None
    return match["kind"], match["id"], datetime.fromtimestamp(int(match["came"]), UTC)
