"""Uses: as their holders see them, and as the owners of the likenesses in them do.

for use in client.list_uses(recalled=True):
    print(use.id, use.recall.ask)
"""

from dataclasses import dataclass

from cameo_service.client.documents import Document, Moment, read
from cameo_service.client.forms.assets import Asset
from cameo_service.client.forms.questions import Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What is asked of the holder: to `delete` a draft, to `take_down` what is published.

    `status` is `open` until the holder reports the removal, and then `done`.
    """

    status: str
    ask: str
    cause: str
    reason: str | None
    since: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What came of a permit. `status` is `draft`, `published` or `removed`."""

    id: str
    requester: str
    holder: str
    action: str
    status: str
    likenesses: tuple[Likeness, ...]
    assets: tuple[Asset, ...]
    location: str | None
    recall: Recall | None
    created_at: Moment
    updated_at: Moment
    published_at: Moment | None
    removed_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUse(Use):
    """A use as its holder sees it."""

    permit_id: str
    remix_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedUse(Use):
    """A use as the owner of a likeness in it sees it: `cameos` are the owner's."""

    cameos: tuple[str, ...]


def use_of(document: Document) -> HeldUse | OwnedUse:
    """The use in `document`, as whoever asked may see it."""
    return read(OwnedUse, document) if "cameos" in document else read(HeldUse, document)
