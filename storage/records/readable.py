"""What a question found: records, and the ids of rows that cannot be read.

>>> Readable(records=[], altered=["use_1"]).altered
['use_1']
"""

from typing import Generic, NamedTuple, TypeVar

R = TypeVar("R")


class Readable(NamedTuple, Generic[R]):
    """The records that can be read, in the order of the question, and the ids of those rows that
    somebody altered so that they cannot, in order."""

    records: list[R]
    altered: list[str]
