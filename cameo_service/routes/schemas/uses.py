"""Uses over HTTP: what holders report, what owners see of it.

>>> AssetIn(sha256="0" * 64, media_type="video/mp4").document()["media_type"]
'video/mp4'
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from cameo_service.documents.obligations import obligations_document
from cameo_service.routes.schemas.common import Incoming, Outgoing, ShortText
from cameo_service.routes.schemas.terms import ObligationIn
from cameo_service.uses.finding import SeenUse
from permissions.vocabulary import Action, AppearanceChange, Facet
from storage.records import RecallState, UseRecord, UseState

_TOKEN = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"  # noqa: S105 (RFC 6838, 4.2: no secret)
MOST_AT_ONCE = 64
Location = Annotated[str, Field(min_length=1, max_length=2_000)]


class AssetIn(Incoming):
    """A file that came of the use, by its digest."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hex")]
    media_type: Annotated[str, Field(pattern=rf"^{_TOKEN}/{_TOKEN}$", examples=["video/mp4"])]

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return self.model_dump()


Assets = Annotated[list[AssetIn], Field(max_length=MOST_AT_ONCE)]


MOST_MET = 1_000
Met = Annotated[
    list[ObligationIn],
    Field(
        max_length=MOST_MET,
        description="Which of the permit's obligations were met. The receipts repeat it.",
    ),
]


def met_documents(sent: list[ObligationIn]) -> list[dict[str, Any]]:
    """The obligations as they are stored."""
    return obligations_document(each.to_obligation() for each in sent)


class UseIn(Incoming):
    """What came of a permit, or is about to."""

    permit_id: ShortText
    assets: Assets = Field(default=[])
    location: Location | None = None
    obligations_met: Met = Field(default=[])


class AssetsIn(Incoming):
    """Further assets of a draft."""

    assets: Annotated[Assets, Field(min_length=1)]


class PublishIn(Incoming):
    """The permit to publish this draft, and where it is published."""

    permit_id: ShortText
    location: Location | None = None
    obligations_met: Met = Field(default=[])


class AskRemovalIn(Incoming):
    """Why an owner wants a use removed. The holder can read it."""

    reason: ShortText | None = None


class UsedLikenessOut(Outgoing):
    """One cameo in a use."""

    cameo_id: str
    facets: list[Facet]
    appearance_change: AppearanceChange | None


class AssetOut(Outgoing):
    """A file that came of the use."""

    sha256: str
    media_type: str


class RecallOut(Outgoing):
    """What is asked of the holder: to `delete` a draft, to `take_down` what is published.

    `cause` is a stable code. It is `open` until the holder reports the removal.
    """

    status: RecallState
    ask: Literal["delete", "take_down"]
    cause: str
    reason: str | None
    since: datetime

    @classmethod
    def of(cls, record: UseRecord) -> Self | None:
        """The recall of `record`, or None where there is none."""
        document = record.recall_document
        if document is None:
            return None
        shown = {name: document[name] for name in ("ask", "cause", "reason", "since")}
        return cls(status=record.recall, **shown)


class _AnyUseOut(Outgoing):
    """What everybody sees of a use who may know of it."""

    object: Literal["use"] = "use"
    id: str
    requester: str
    holder: str
    action: Action
    status: UseState
    likenesses: list[UsedLikenessOut]
    assets: list[AssetOut]
    location: str | None
    recall: RecallOut | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    removed_at: datetime | None


class OwnedUseOut(_AnyUseOut):
    """A use as the owner of a likeness in it sees it: `cameos` are the owner's.

    `likenesses` holds only those; none of them where the owner's cameo lies beneath a character.
    """

    cameos: list[str]

    @classmethod
    def of(cls, seen: SeenUse) -> Self:
        """The view of `seen`."""
        return cls(**_common(seen), cameos=list(seen.cameos or ()))


class UseOut(_AnyUseOut):
    """A use as its holder sees it."""

    permit_id: str
    remix_of: list[str]

    @classmethod
    def of(cls, use: UseRecord) -> Self:
        """The view of `use`."""
        fields = _common(SeenUse(use, None))
        return cls(**fields, permit_id=use.permit_id, remix_of=list(use.remix_of))


def view_of(seen: SeenUse) -> UseOut | OwnedUseOut:
    """A use as the caller may see it."""
    return UseOut.of(seen.use) if seen.cameos is None else OwnedUseOut.of(seen)


def _common(seen: SeenUse) -> dict[str, Any]:
    use, cameos = seen
    same = ("id", "requester", "holder", "action", "location")
    times = ("created_at", "updated_at", "published_at", "removed_at")
    return {
        **{name: getattr(use, name) for name in (*same, *times)},
        "status": use.state,
        "likenesses": [
            UsedLikenessOut(**likeness)
            for likeness in use.likenesses
            if cameos is None or likeness["cameo_id"] in cameos
        ],
        "assets": [AssetOut(**asset) for asset in use.assets],
        "recall": RecallOut.of(use),
    }
