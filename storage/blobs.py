"""What blobs may be called, the same for every implementation.

>>> require_name("recordings/enr_1.webm")
>>> require_name("../keys")
Traceback (most recent call last):
storage.errors.MalformedName: `../keys` is not the name of a blob
"""

import re

from storage.errors import MalformedName

# no part is empty or starts with a dot, so that one blob has one name
_PART = r"[a-z0-9_-][a-z0-9_.-]*"
_NAME = re.compile(rf"(?=.{{1,200}}\Z)(?!.*\.\.){_PART}(?:/{_PART})*")
_PREFIX = re.compile(r"[a-z0-9/_.-]{0,200}")

CHUNK_BYTES = 1 << 20


def require_name(name: str) -> None:
    """Raise `MalformedName` unless `name` can be the name of a blob."""
    if not _NAME.fullmatch(name):
        raise MalformedName(f"`{name[:200]}` is not the name of a blob")


def require_prefix(prefix: str) -> None:
    """Raise `MalformedName` unless a name could start with `prefix`."""
    if not _PREFIX.fullmatch(prefix):
        raise MalformedName(f"`{prefix[:200]}` is not the beginning of a blob's name")
