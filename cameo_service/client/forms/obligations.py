"""What a yes asks in return.

>>> owed = (Obligation(kind="watermark"), Obligation(kind="credit", text="Ann"))
>>> [each.kind for each in unmet(owed, executes={"watermark"})]
['credit']
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One obligation: `watermark`, `credit`, `provenance_label`, `preference`, `limit`,
    `compensation`, `notify` or `use_as_described`. `text` is for people, or a reference.

    Whoever cannot do it must take the yes for a no.
    """

    kind: str
    text: str = ""


def unmet(owed: Iterable[Obligation], *, executes: Collection[str]) -> tuple[Obligation, ...]:
    """The obligations of kinds that whoever `executes` only these kinds cannot do."""
    return tuple(each for each in owed if each.kind not in executes)
