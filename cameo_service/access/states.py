"""How an access request moves from state to state, pure: a table, and what its asks add up to.

>>> waiting = Progress(asks=(AskState.PENDING, AskState.PENDING))
>>> answered(waiting, 1, AskState.DENIED).state
<AccessState.DENIED: 'denied'>
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from cameo_service.access.refusals import AlreadyDecided, RequestClosed
from storage.records import AccessState


class AskState(StrEnum):
    """What one of those who were asked said."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


MOVES = MappingProxyType(
    {
        AccessState.PENDING: (
            AccessState.APPROVED,
            AccessState.DENIED,
            AccessState.EXPIRED,
            AccessState.WITHDRAWN,
        ),
        AccessState.APPROVED: (),
        AccessState.DENIED: (),
        AccessState.EXPIRED: (),
        AccessState.WITHDRAWN: (),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a request stands, and what each of those asked has said, in the order of its asks."""

    asks: tuple[AskState, ...]
    state: AccessState = AccessState.PENDING


def together(asks: Collection[AskState]) -> AskState:
    """What several answers come to: one no is a no, and a yes takes all of them."""
    if AskState.DENIED in asks:
        return AskState.DENIED
    if not asks or AskState.PENDING in asks:
        return AskState.PENDING
    return AskState.APPROVED


def answered(progress: Progress, index: int, answer: AskState) -> Progress:
    """The progress once the ask at `index` is answered; nobody answers twice.

    Raises `RequestClosed` where nothing waits for an answer any more, `AlreadyDecided` where this
    ask does not.
    """
    if not MOVES[progress.state]:
        raise RequestClosed(f"the access request is `{progress.state}`")
    if progress.asks[index] is not AskState.PENDING:
        raise AlreadyDecided(f"this was decided before: `{progress.asks[index]}`")
    if answer is AskState.PENDING:
        raise ValueError("an answer is a yes or a no")
    asks = (*progress.asks[:index], answer, *progress.asks[index + 1 :])
    return Progress(asks=asks, state=AccessState(together(asks)))


def closed(progress: Progress, state: AccessState) -> Progress:
    """The progress of a request that ends unanswered: `expired` or `withdrawn`."""
    if state not in MOVES[progress.state]:
        raise RequestClosed(f"the access request is `{progress.state}` and cannot be `{state}`")
    return replace(progress, state=state)
