"""What AuthZEN's routes are made with, and what they share.

desk = Desk.of(context, inquiries)
app.add_middleware(HotRoutes, engine=engine, routes=[*authzen_routes(desk)])
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from cameo_service import metrics
from cameo_service.authzen.answering import Answer
from cameo_service.authzen.binding import Terms
from cameo_service.authzen.sealing import Seal
from cameo_service.callers import Caller
from cameo_service.context import Context
from cameo_service.inquiries.counting import Inquiries
from permissions.decision import Effect
from storage.contracts import Store
from storage.keyring.ring import KeyRing
from storage.keyring.stable import AUTHZEN

_DECIDED = {effect: metrics.DECISIONS.labels(effect=effect.value) for effect in Effect}


def seal_of(context: Context) -> Seal:
    """The seal of page and binding tokens, the same in every process."""
    return _seal(context.keys)


def _seal(keys: KeyRing) -> Seal:
    return Seal(keys.secret(AUTHZEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The dependencies of AuthZEN's routes. `base` is the public URL without a slash."""

    base: str
    keys: KeyRing
    store: Store
    clock: Callable[[], datetime]
    inquiries: Inquiries

    @classmethod
    def of(cls, context: Context, inquiries: Inquiries) -> Self:
        """The desk of the service with this context."""
        return cls(
            base=context.settings.issuer,
            keys=context.keys,
            store=context.store,
            clock=context.clock,
            inquiries=inquiries,
        )

    @property
    def seal(self) -> Seal:
        """The seal of page and binding tokens."""
        return _seal(self.keys)

    def terms(self, caller: Caller) -> Terms:
        """What hints for this caller are made with, now."""
        return Terms(base=self.base, seal=self.seal, owner=caller.key_id, now=self.clock())

    def note(self, answer: Answer, caller: Caller) -> None:
        """Count an answer as every check is counted: the owners see who asked."""
        if answer.asked is not None and answer.decision is not None:
            _DECIDED[answer.decision.effect].inc()
            self.inquiries.note(answer.asked.request, answer.decision, caller)
