"""What goes wrong with model packs.

>>> raise_command = MissingFile("faces.dat", pack="open")
>>> str(raise_command)
'model file `faces.dat` is missing: `cameo models pull open` mends it'
"""

from verification.errors import VerificationError


class PackError(VerificationError):
    """The one base of what this package raises."""

    code = "pack_error"


class MalformedPack(PackError):
    """`pack.toml` cannot be read, or asks for what no pack may have."""

    code = "pack_malformed"


class UnknownPack(PackError):
    """Nothing of this name is built in or on the shelf."""

    code = "pack_unknown"


class PackExists(PackError):
    """A pack of this name is already on the shelf."""

    code = "pack_exists"


class NoActivePack(PackError):
    """No pack was chosen for this data directory."""

    code = "pack_not_chosen"


class LicenceNotAccepted(PackError):
    """The pack holds weights for non-commercial use only, and nobody accepted that."""

    code = "licence_not_accepted"


class PullFailed(PackError):
    """A file could not be fetched, or is not what was pinned."""

    code = "pull_failed"


class BrokenFile(PackError):
    """A file of a pack is not as recorded. The message names it and the command that mends it."""

    code = "model_file_broken"
    condition = "is broken"

    def __init__(self, file: str, *, pack: str) -> None:
        super().__init__(
            f"model file `{file}` {self.condition}: `cameo models pull {pack}` mends it"
        )
        self.file = file
        self.pack = pack


class MissingFile(BrokenFile):
    """The file is not there."""

    code = "model_file_missing"
    condition = "is missing"


class TruncatedFile(BrokenFile):
    """The file has another size than recorded."""

    code = "model_file_truncated"
    condition = "has the wrong size"


class AlteredFile(BrokenFile):
    """The file has the recorded size and another content."""

    code = "model_file_altered"
    condition = "was altered"


class UnlistedFile(BrokenFile):
    """A file lies in the pack that `pack.toml` does not list."""

    code = "model_file_unlisted"
    condition = "is not listed in `pack.toml`"
