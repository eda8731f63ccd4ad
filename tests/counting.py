"""How many statements something takes: what a test can bound on any machine.

with counting(monkeypatch) as statements:
    recall(tx, key, cause="grant_revoked", now=now)
assert len(statements) < 100
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import CursorResult, Executable

from storage.statements import Statements


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Executable]]:
    """Every statement that any transaction runs within the block."""
    ran: list[Executable] = []
    run = Statements.run

    def noting(
        self: Statements, statement: Executable, parameters: Sequence[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        ran.append(statement)
        return run(self, statement, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(Statements, "run", noting)
        yield ran
