"""The one base of what this package raises.

>>> str(VerificationError("pack `open` is missing"))
'pack `open` is missing'
"""


class VerificationError(Exception):
    """Something that stops a verification. `code` is stable; the message names the condition."""

    code = "verification_error"


class CageUnavailable(VerificationError):
    """The process that decodes did not get as far as the file. It says nothing about the file."""

    code = "cage_unavailable"
