"""Keys and secrets that somebody deletes or revives: it is detected, and it is named.

Through HTTP and the command line, as in `test_tampering.py`.
"""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.context import Context
from storage.keys import Purpose
from tests.service.log.making import database, publish
from tests.service.running import RunningService
from tests.trust.conftest import Command


def execute(context: Context, statement: str, **values: Any) -> None:
    with database(context) as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


def require_named(ran: Any, *said: str) -> None:
    """The command cannot go on, and says what was tampered with."""
    assert ran.status == 4, (ran.out, ran.err)
    assert ran.error["code"] == "tampered"
    assert all(each in ran.error["message"] for each in said), ran.error["message"]


@pytest.fixture
def rotated(service: RunningService) -> tuple[str, str]:
    """A retired key for permits, and the one that follows it; the log of it is published."""
    keys = service.context.keys
    retired = keys.signing_key(Purpose.PERMIT).kid
    (next_,) = keys.rotate([Purpose.PERMIT])
    publish(service.context)
    return retired, next_.kid


def refresh(context: Context) -> None:
    """Let the service look at its keys, as it does every few seconds."""
    context.keys._held._look_at = float("-inf")


def test_a_deleted_key_that_follows_another(
    service: RunningService,
    platform: httpx2.Client,
    rotated: tuple[str, str],
    command: Command,
) -> None:
    retired, following = rotated
    execute(service.context, "DELETE FROM signing_keys WHERE kid = :kid", kid=following)
    refresh(service.context)
    assert platform.get("/readyz").json()["keys"] == {"ok": False, "problem": "tampered"}
    refused = platform.get("/.well-known/jwks.json")
    assert (refused.status_code, retired in refused.text) == (500, False)
    for arguments in (("keys", "signing"), ("log", "audit"), ("keys", "rotate")):
        require_named(command(*arguments), retired, "the key that follows it is missing")


def test_a_deleted_key_and_a_retirement_that_was_undone(
    context: Context, rotated: tuple[str, str], command: Command
) -> None:
    retired, following = rotated
    for audit in (("log", "audit"), ("keys", "signing")):
        assert command(*audit).status == 0
    undone = "UPDATE signing_keys SET retired_at = NULL WHERE kid = :kid"
    execute(context, undone, kid=retired)
    for audit in (("log", "audit"), ("keys", "signing")):
        require_named(command(*audit), retired, "is not retired any more")
    execute(context, "DELETE FROM signing_keys WHERE kid = :kid", kid=following)
    for audit in (("log", "audit"), ("keys", "signing")):
        ran = command(*audit)
        require_named(ran, "signing key")
        assert retired in ran.error["message"] or following in ran.error["message"]


@pytest.mark.usefixtures("rotated")
def test_a_deleted_opening_of_a_keys_entry(context: Context, command: Command) -> None:
    with context.store.read() as tx:
        number = next(
            each.number
            for each in tx.log.entries(0, limit=1_000)
            if b'"kind":"key.certified"' in each.entry
        )
    execute(context, "DELETE FROM log_openings WHERE number = :number", number=number)
    require_named(command("log", "audit"), f"log entry `{number}`")


def test_the_only_key_of_a_purpose_deleted(context: Context, command: Command) -> None:
    kid = context.keys.signing_key(Purpose.GRANT).kid
    execute(context, "DELETE FROM signing_keys WHERE kid = :kid", kid=kid)
    require_named(command("keys", "signing"), kid, "is missing: the consent log names it")
    with context.store.read() as tx:
        assert "grant" not in {each.purpose for each in tx.sealed_keys.all()}


@pytest.mark.parametrize("name", ["face index", "authzen-tokens-v1"])
def test_a_deleted_secret(
    service: RunningService, platform: httpx2.Client, command: Command, name: str
) -> None:
    execute(service.context, "DELETE FROM secrets WHERE name = :name", name=name)
    refresh(service.context)
    assert platform.get("/readyz").json()["keys"] == {"ok": False, "problem": "tampered"}
    require_named(command("keys", "signing"), f"secret `{name}` is missing")
    with service.context.store.read() as tx:
        assert name not in tx.sealed_keys.secrets()
