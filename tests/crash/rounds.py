"""The rounds: start, settle what the crash before left, load, kill at a random moment.

report = crash(settings, folder, rounds=200, seed=7)
report.faults == []
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from cameo_service.callers import Scope, create_key
from cameo_service.cli.configuration import environment_of
from cameo_service.cli.opening import opened
from cameo_service.context import Context
from cameo_service.log.auditing import audit
from cameo_service.log.standing import LogBroken
from cameo_service.settings import Settings
from tests.crash.ledger import Grant, Ledger
from tests.crash.load import client_of, loading
from tests.crash.logged import LogReader, events_of
from tests.crash.service import Forking, Running, kill
from tests.crash.settling import Settling

BESIDE = (None, "worker", "serve")
"""What runs beside the service: nothing, a worker, or a second replica."""
LOAD_S = (0.1, 1.4)
START_S = (0.0, 0.8)
KILLED_AT_START = 0.1
"""The share of rounds whose process is killed before it may be reached."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What so many rounds came to."""

    rounds: int
    at_start: int
    acknowledged: dict[str, int]
    in_doubt: int
    log_entries: int
    checkpoints: int
    proven: int
    faults: list[str]

    @property
    def document(self) -> dict[str, Any]:
        return dict(vars(self))


class Rounds:
    """One run, on one database."""

    def __init__(self, context: Context, folder: Path, *, seed: int) -> None:
        self.ledger = Ledger()
        self.log = LogReader(self.ledger, context.store)
        self.at_start = self.in_doubt = 0
        self._context, self._seed = context, seed
        self._forking = Forking(environment_of(context.settings), folder)
        self._key = _key(context)

    def play(self, number: int) -> None:
        """One round."""
        rng = Random(f"{self._seed}/{number}")
        beside = rng.choice(BESIDE)
        if rng.random() < KILLED_AT_START:
            self._kill_at_start(rng, beside=beside)
            return
        running = self._forking.start(beside=beside)
        try:
            self._look(running)
            with loading(self.ledger, running, self._key, seed=f"{self._seed}/{number}"):
                time.sleep(rng.uniform(*LOAD_S))
                running.kill()
        finally:
            running.kill()
        self.in_doubt += self.ledger.in_doubt()

    def end(self) -> None:
        """Look at everything once more, and stop the service in order."""
        for thing in (*self.ledger.enrollments, *self.ledger.grants, *self.ledger.permits):
            thing.settled = False
        running = self._forking.start(beside=None)
        try:
            self._look(running)
        finally:
            running.stop()

    def _kill_at_start(self, rng: Random, *, beside: str | None) -> None:
        processes, _ = self._forking.begin(beside=beside)
        time.sleep(rng.uniform(*START_S))
        kill(processes)
        self.at_start += 1

    def _look(self, running: Running) -> None:
        """Settle what was written since the last time, and find it in the log."""
        ledger = self.ledger
        enrollments = [each for each in ledger.enrollments if not each.settled]
        grants = [each for each in ledger.grants if not each.settled]
        # what became of a grant became of its permits
        permits = [each for each in ledger.permits if not (each.settled and each.grant.settled)]
        with client_of(running.url, self._key) as client:
            Settling(ledger, client).settle(enrollments, grants, permits)
            self.log.read()
            self._count(grants)
            self.log.prove(client, events_of(enrollments, grants, permits))
        self._audit()

    def _count(self, grants: list[Grant]) -> None:
        """No more permits than the count, by the log as by what is reserved and used."""
        held, now = self.log.issued_on(), datetime.now(UTC)
        for grant in grants:
            if grant.count is None or grant.id is None:
                continue
            with self._context.store.read() as tx:
                taken = tx.reservations.taken(f"grant:{grant.id}", now=now).count
            if max(taken, held[grant.id]) > grant.count:
                told = f"{held[grant.id]} issued, {taken} taken of {grant.count}"
                self.ledger.fault(f"grant `{grant.id}`: {told}")

    def _audit(self) -> None:
        """Rebuild the log from the database, as `cameo log audit` does."""
        try:
            audit(self._context)
        except LogBroken as error:
            self.ledger.fault(f"the audit fails: {error.code}: {error}")


def crash(
    settings: Settings,
    folder: Path,
    *,
    rounds: int,
    seed: int,
    at_least: int = 0,
    progress: Callable[[int, Ledger], None] = lambda _number, _ledger: None,
) -> Report:
    """Play so many rounds on a new database, and say what they came to.

    A busy machine plays more, until `at_least` so many writes were acknowledged.
    """
    with opened(settings, migrate=True) as context:
        played, number = Rounds(context, folder, seed=seed), 0
        while number < rounds or sum(played.ledger.counts().values()) < at_least:
            played.play(number)
            number += 1
            progress(number, played.ledger)
        played.end()
    ledger, log = played.ledger, played.log
    return Report(
        rounds=number,
        at_start=played.at_start,
        acknowledged=ledger.counts(),
        in_doubt=played.in_doubt,
        log_entries=log.size,
        checkpoints=len(log.heads) + len(ledger.checkpoints),
        proven=log.proven,
        faults=ledger.faults,
    )


def _key(context: Context) -> str:
    with context.store.write() as tx:
        _, key = create_key(
            tx,
            name="crash",
            principal="org:platform",
            scopes=frozenset(Scope),
            acts_for=("user:*",),
            now=context.clock(),
        )
    return key
