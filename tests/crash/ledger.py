"""What was asked of the service, and what it acknowledged: kept by who asks, who is never killed.

grant = Grant(making=Making("/v1/grants", body, key="r1-0-7"), ...)
grant.revoked = Word.SENT      # before the request
grant.revoked = Word.DONE      # after its answer
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
IN_HAND = 40
"""How many of each kind the load goes on with."""


class Word(StrEnum):
    """How far a write came, as far as the caller knows."""

    NO = "no"
    SENT = "sent"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Making:
    """A request that creates something: sent again under the same key, it makes nothing new."""

    path: str
    body: dict[str, Any]
    key: str


@dataclass(kw_only=True)
class Thing:
    """`id` is None until it is acknowledged. It is `settled` once it was looked at after a crash,
    until it is written again."""

    making: Making
    id: str | None = None
    settled: bool = False


@dataclass(kw_only=True)
class Enrollment(Thing):
    """A session, and the cameo that came of it."""

    canceled: Word = Word.NO
    verified: Word = Word.NO
    cameo: str | None = None


@dataclass(kw_only=True)
class Grant(Thing):
    """A licence of `cameo` to `grantee`, who has no other one."""

    cameo: str
    grantee: str
    count: int | None
    revoked: Word = Word.NO


@dataclass(kw_only=True)
class Permit(Thing):
    """A yes on the strength of `grant`, and the use that came of it."""

    grant: Grant
    token: str = ""
    expires_at: datetime | None = None
    refused: bool = False
    released: Word = Word.NO
    used: Word = Word.NO
    use: str | None = None


@dataclass
class Ledger:
    """Everything that was asked for, and of what the load goes on with."""

    enrollments: list[Enrollment] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    """Notes that the service published, each once, in the order that they were read."""
    faults: list[str] = field(default_factory=list)
    awaited: list[Enrollment] = field(default_factory=list)
    cameos: list[str] = field(default_factory=list)
    open_grants: list[Grant] = field(default_factory=list)
    open_permits: list[Permit] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, things: list[T], thing: T) -> None:
        """Add to one of the lists above that the load goes on with; the oldest leaves."""
        with self.lock:
            things.append(thing)
            del things[:-IN_HAND]

    def take(self, things: list[T], rng: Random) -> T | None:
        """One of them, for this caller alone; None where there is none."""
        with self.lock:
            return things.pop(rng.randrange(len(things))) if things else None

    def any(self, things: list[T], rng: Random) -> T | None:
        """One of them, which others may take as well."""
        with self.lock:
            return rng.choice(things) if things else None

    def fault(self, told: str) -> None:
        """Something that must not be."""
        with self.lock:
            self.faults.append(told)

    def seen_checkpoint(self, note: str) -> None:
        with self.lock:
            if note not in self.checkpoints[-1:]:
                self.checkpoints.append(note)

    def counts(self) -> dict[str, int]:
        """How many writes were acknowledged, by kind."""
        done = Word.DONE
        return {
            "enrollments": sum(each.id is not None for each in self.enrollments),
            "cancellations": sum(each.canceled is done for each in self.enrollments),
            "verdicts": sum(each.verified is done for each in self.enrollments),
            "grants": sum(each.id is not None for each in self.grants),
            "revocations": sum(each.revoked is done for each in self.grants),
            "permits": sum(each.id is not None for each in self.permits),
            "releases": sum(each.released is done for each in self.permits),
            "uses": sum(each.used is done for each in self.permits),
        }

    def in_doubt(self) -> int:
        """How many writes were sent and never answered, by now."""
        things = [*self.enrollments, *self.grants]
        made = sum(each.id is None for each in things)
        made += sum(each.id is None and not each.refused for each in self.permits)
        words = [word for each in self.enrollments for word in (each.canceled, each.verified)]
        words += [each.revoked for each in self.grants]
        words += [word for each in self.permits for word in (each.released, each.used)]
        return made + sum(word is Word.SENT for word in words)
