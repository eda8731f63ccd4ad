"""What this package raises, all of it under one base. Codes are stable.

>>> NotFound.code
'not_found'
"""


class StorageError(Exception):
    """The one base of what this package raises."""

    code = "storage_error"


class NotFound(StorageError):
    """There is no record with this id."""

    code = "not_found"


class AlreadyExists(StorageError):
    """The id, or another value that must be unique, is taken."""

    code = "already_exists"


class Conflict(StorageError):
    """Somebody else wrote the record in between."""

    code = "conflict"


class StoreUnavailable(StorageError):
    """The store cannot be reached, is full or is read-only."""

    code = "store_unavailable"


class Tampered(StorageError):
    """Stored bytes fail authentication: altered, swapped, or sealed under another key."""

    code = "tampered"


class TooLarge(StorageError):
    """There are more bytes than the limit allows."""

    code = "too_large"


class MalformedName(StorageError):
    """The text cannot be the name of a blob, or the beginning of one."""

    code = "name_malformed"


class MalformedCursor(StorageError):
    """The text names no place in a list: it is not one that the list gave out."""

    code = "cursor_malformed"


class KeyUnavailable(StorageError):
    """A key cannot be read, is damaged, or is open to other users of the machine."""

    code = "key_unavailable"


class UnsupportedDatabase(StorageError):
    """The URL names no database that we know."""

    code = "database_unsupported"


class ReadOnlyTransaction(StorageError):
    """A read transaction was asked to write."""

    code = "read_only_transaction"


class FaceIndexUnavailable(StorageError):
    """Faces cannot be searched now. Never answered with nobody."""

    code = "face_index_unavailable"
