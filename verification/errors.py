"""The one base of what this package raises.

>>> str(VerificationError("pack `open` is missing"))
'pack `open` is missing'
"""


class VerificationError(Exception):
    """Something that stops a verification. `code` is stable; the message names the condition."""

    code = "verification_error"
