"""Which of a permit's obligations a report states to have met.

>>> basis = {"obligations": [{"kind": "credit", "text": "Ann"}]}
>>> stated(basis, [{"kind": "credit", "text": "Ann"}], permit_id="per_1")
({'kind': 'credit', 'text': 'Ann'},)
>>> stated(basis, [{"kind": "watermark", "text": ""}], permit_id="per_1")
Traceback (most recent call last):
    ...
cameo_service.errors.Invalid: `watermark` is no obligation of permit `per_1`
"""

from collections.abc import Sequence

from cameo_service.errors import Invalid
from storage.records import Document


def stated(basis: Document, met: Sequence[Document], *, permit_id: str) -> tuple[Document, ...]:
    """`met`, each once, in the permit's order; raise `Invalid` for what the permit does not owe.

    Kind and text must both be those of the permit. What is not named here was not stated to be
    met, which is no statement that it was not.
    """
    owed: list[Document] = basis.get("obligations", [])
    for each in met:
        if each not in owed:
            name = f"{each['kind']}: {each['text']}" if each["text"] else each["kind"]
            raise Invalid(
                "obligation_unknown", f"`{name}` is no obligation of permit `{permit_id}`"
            )
    return tuple(each for each in owed if each in met)
