"""What offline verification raises.

>>> NotProven("wrong_type", "the statement is not a permit").code
'wrong_type'
"""


class NotProven(ValueError):
    """What is shown proves nothing. `code` is stable and says what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
