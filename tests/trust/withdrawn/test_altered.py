"""Withdrawals that somebody takes away or alters are found, and so are those published badly."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.context import Context
from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import certified_keys, published_keys
from storage.keys import Purpose
from tests.service.log.making import database, publish
from tests.service.running import RunningService
from tests.trust.conftest import Command
from tests.trust.withdrawn.theft import refresh, withdraw

pytestmark = pytest.mark.both_databases


def test_a_withdrawal_that_is_taken_away_or_altered_is_named(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    stolen = withdraw(service, command, Purpose.PERMIT)
    with database(service.context) as connection:
        (token,) = connection.execute(
            text("SELECT revocation FROM signing_keys WHERE kid = :kid"), {"kid": stolen.kid}
        ).scalars()
    for put, said in (
        (None, f"the withdrawal of signing key `{stolen.kid}` is missing"),
        (token[:-4] + "AAAA", f"signing key `{stolen.kid}`: the withdrawal does not verify"),
    ):
        put_back(service.context, stolen.kid, put)
        assert platform.get("/readyz").json()["keys"] == {"ok": False, "problem": "tampered"}
        assert platform.get("/.well-known/jwks.json").status_code == 500
        for arguments in (("keys", "signing"), ("keys", "rotate")):
            ran = command(*arguments)
            assert (ran.status, ran.error["code"]) == (4, "tampered")
            assert said in ran.error["message"]
    # whoever has the root says it again, as it was
    put_back(service.context, stolen.kid, None)
    why = ("--reason", "compromised")
    mended = command("keys", "withdraw", stolen.kid, *why)
    assert mended.status == 0, mended.err
    refresh(service.context)
    assert platform.get("/readyz").json()["keys"]["ok"]
    publish(service.context)
    assert command("log", "audit").status == 0


def put_back(context: Context, kid: str, revocation: str | None) -> None:
    with database(context) as connection:
        changed = "UPDATE signing_keys SET revocation = :revocation WHERE kid = :kid"
        connection.execute(text(changed), {"revocation": revocation, "kid": kid})
    refresh(context)


def test_rows_of_before_are_found_by_an_audit(service: RunningService, command: Command) -> None:
    stolen = withdraw(service, command, Purpose.PERMIT)
    publish(service.context)
    following = service.context.keys.signing_key(Purpose.PERMIT).kid
    with database(service.context) as connection:
        connection.execute(text("DELETE FROM signing_keys WHERE kid = :kid"), {"kid": following})
        back = "UPDATE signing_keys SET revocation = NULL, retired_at = NULL WHERE kid = :kid"
        connection.execute(text(back), {"kid": stolen.kid})
    for audit in (("log", "audit"), ("keys", "signing")):
        ran = command(*audit)
        assert (ran.status, ran.error["code"]) == (4, "tampered")


def test_keys_that_are_published_by_others_are_read_with_care(
    context: Context, command: Command
) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    assert command("keys", "withdraw", kid, "--reason", "compromised").status == 0
    refresh(context)
    published_set = context.signer.jwks()
    (jwk,) = published_set["revoked_keys"]
    assert set(jwk["revoked"]) == {"revoked_at", "reason"}
    for revoked in (None, {}, {"revoked_at": "soon"}, {"revoked_at": -1}, {"revoked_at": 10**20}):
        keys = {"keys": [*published_set["keys"], {**jwk, "revoked": revoked}]}
        assert published_keys(keys)[kid].revoked_at is not None
    both = {"keys": [jwk], "revoked_keys": [jwk]}
    assert published_keys(both)[kid].revoked_at is not None
    without = {name: value for name, value in jwk.items() if name != "revoked"}
    assert published_keys({"keys": [], "revoked_keys": [without]})[kid].revoked_at is not None
    # what cannot be read of a withdrawn key, or says two moments, does not have it count
    plain = {"keys": [without]}
    for named in ({"kid": kid}, {**jwk, "use": "enc"}, {**jwk, "alg": "none"}, {**jwk, "x": "?"}):
        assert published_keys({**plain, "revoked_keys": [named]})[kid].revoked_at is not None
    early, late = ({**jwk, "revoked": {"revoked_at": at}} for at in (1_000, 2_000))
    for twice in ([early, late], [late, early]):
        at = published_keys({**plain, "revoked_keys": twice})[kid].revoked_at
        assert at == datetime.fromtimestamp(1_000, UTC)
    others: tuple[Any, ...] = (None, "x", {})
    for nothing in others:
        with pytest.raises(NotProven, match="revoked_keys"):
            published_keys({"keys": [], "revoked_keys": nothing})
    root = context.keys.root_document()
    with pytest.raises(NotProven, match="revocations"):
        certified_keys({**root, "revocations": "none"}, root=root["root"]["kid"])
