"""Everything that somebody could tamper with, one test each: it is detected, and it is named.

Through what outsiders and operators have: HTTP, the command line, the offline verifier and the SDK.
`docs/security.md` has the table.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.client import TokenError, verify_credential, verify_permit
from cameo_service.context import Context
from cameo_service.offline.receipts import ReceiptNotProven, verify_receipt
from storage.log.tiles import Tile
from tests.kinds import Kind
from tests.service.log.making import blob, content_of, database, flip, publish
from tests.service.making import draft, permit, plain_grant, question
from tests.service.receipts.keeping import receipts, trusted
from tests.service.running import RunningService
from tests.trust.conftest import Command


@pytest.fixture
def cameo(service: RunningService, platform: httpx2.Client) -> str:
    """Ann's cameo, which Bob may use; the log of that is published."""
    id = service.enroll("user:ann")
    plain_grant(platform, id, terms={"facets": ["face", "voice"]})
    publish(service.context)
    return id


@pytest.fixture
def jwks(platform: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = platform.get("/.well-known/jwks.json").json()
    return found


def with_flipped_bit(token: str) -> str:
    """The token with one bit of its statement changed."""
    header, statement, signature = token.split(".")
    content = bytearray(base64.urlsafe_b64decode(statement + "=" * (-len(statement) % 4)))
    content[len(content) // 2] ^= 1
    altered = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return f"{header}.{altered}.{signature}"


def package(platform: httpx2.Client, cameo: str, token: str | None = None) -> httpx2.Response:
    """The identity package: what the templates are read for, over HTTP."""
    if token is None:
        token = permit(platform, question(cameo))["permit"]
    return platform.post(f"/v1/cameos/{cameo}/identity-package", json={"permit": token})


def execute(context: Context, statement: str, **values: Any) -> None:
    with database(context) as connection:
        assert connection.execute(text(statement), values).rowcount >= 1


Require = Callable[[httpx2.Response, str], None]


@pytest.fixture
def require_refused(caplog: pytest.LogCaptureFixture) -> Require:
    """A fault of the service's: who asked is given nothing, its log names the sentence."""

    def check(response: httpx2.Response, said: str) -> None:
        assert (response.status_code, response.json()["code"]) == (500, "internal_error")
        (told,) = [line for line in caplog.messages if "unexpected error" in line]
        assert "'error_type': 'Tampered'" in told
        assert said in told

    return check


def test_a_flipped_bit_in_a_template(
    context: Context, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    assert package(platform, cameo).status_code == 200
    with database(context) as connection:
        query = text("SELECT ciphertext FROM templates WHERE cameo_id = :id AND modality = 'face'")
        sealed = bytearray(connection.execute(query, {"id": cameo}).scalar_one())
    sealed[len(sealed) // 2] ^= 1
    statement = "UPDATE templates SET ciphertext = :to WHERE cameo_id = :id AND modality = 'face'"
    execute(context, statement, to=bytes(sealed), id=cameo)
    require_refused(package(platform, cameo), cameo)


def test_a_swapped_template_of_another_person(
    service: RunningService, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    eve = service.enroll("user:eve")
    for table in ("templates", "template_keys"):
        # with its data key, so that it would open where it stands now
        for old, new in ((cameo, "aside"), (eve, cameo), ("aside", eve)):
            statement = f"UPDATE {table} SET cameo_id = :new WHERE cameo_id = :old"  # noqa: S608
            execute(service.context, statement, old=old, new=new)
    require_refused(package(platform, cameo), "a data key does not unwrap: it was altered")


def test_a_flipped_bit_in_a_credential(
    service: RunningService,
    platform: httpx2.Client,
    cameo: str,
    jwks: dict[str, Any],
    require_refused: Require,
) -> None:
    credential = platform.get(f"/v1/cameos/{cameo}").json()["credential"]
    how: dict[str, Any] = {"issuer": service.context.settings.issuer, "now": service.clock()}
    assert verify_credential(credential, jwks, **how).cameo_id == cameo
    altered = with_flipped_bit(credential)
    with pytest.raises(TokenError) as refused:
        verify_credential(altered, jwks, **how)
    assert refused.value.code == "bad_signature"
    execute(
        service.context, "UPDATE cameos SET credential = :to WHERE id = :id", to=altered, id=cameo
    )
    require_refused(package(platform, cameo), cameo)


def test_a_flipped_bit_in_a_permit(
    service: RunningService, platform: httpx2.Client, cameo: str, jwks: dict[str, Any]
) -> None:
    issued = permit(platform, question(cameo))
    altered = with_flipped_bit(issued["permit"])
    how: dict[str, Any] = {
        "audience": "org:platform",
        "issuer": service.context.settings.issuer,
        "now": service.clock(),
    }
    with pytest.raises(TokenError) as refused:
        verify_permit(altered, jwks, request=None, **how)
    assert refused.value.code == "bad_signature"
    for token, active in ((issued["permit"], True), (altered, False)):
        shown = platform.post("/v1/permits/introspect", json={"permit": token}).json()
        assert shown["active"] is active


def test_a_permit_that_was_widened_in_the_database(
    context: Context, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    issued = permit(platform, question(cameo))
    assert package(platform, cameo, issued["permit"]).status_code == 200
    with database(context) as connection:
        query = text("SELECT CAST(request AS text) FROM permits WHERE id = :id")
        stored = str(connection.execute(query, {"id": issued["id"]}).scalar_one())
    widened = stored.replace('"face"', '"face","voice"')
    assert widened != stored
    execute(
        context,
        "UPDATE permits SET request = CAST(:to AS json) WHERE id = :id"
        if context.settings.resolved_database_url.startswith("postgresql")
        else "UPDATE permits SET request = :to WHERE id = :id",
        to=widened,
        id=issued["id"],
    )
    require_refused(package(platform, cameo, issued["permit"]), issued["id"])


def test_a_flipped_bit_in_a_receipt(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    receipt = receipts(service, platform, draft(platform, question(cameo)))[0]
    trust = trusted(service)
    assert verify_receipt(receipt, trust).claims["jti"] == receipt["id"]
    altered = {**receipt, "statement": with_flipped_bit(receipt["statement"])}
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(altered, trust)
    assert (refused.value.part, refused.value.code) == ("statement", "bad_signature")


def require_named(ran: Any, code: str, said: str) -> None:
    assert ran.status == 1, (ran.out, ran.err)
    assert ran.error["code"] == code
    assert said in ran.error["message"]


@pytest.mark.usefixtures("cameo")
def test_a_flipped_bit_in_a_log_entry(context: Context, command: Command) -> None:
    assert command("log", "audit").status == 0
    with context.store.read() as tx:
        newest = tx.log.size() - 1
    with database(context) as connection:
        query = text("SELECT entry FROM log_entries WHERE number = :number")
        entry = bytearray(connection.execute(query, {"number": newest}).scalar_one())
    entry[20] ^= 1
    statement = "UPDATE log_entries SET entry = :to WHERE number = :number"
    execute(context, statement, to=bytes(entry), number=newest)
    require_named(command("log", "audit"), "log_entry_altered", f"`{newest}` in the database")


@pytest.mark.usefixtures("cameo")
def test_a_removed_log_entry(context: Context, command: Command) -> None:
    execute(context, "DELETE FROM log_entries WHERE number = 3")
    require_named(command("log", "audit"), "log_entry_altered", "`3` is missing")


@pytest.mark.usefixtures("cameo")
def test_a_flipped_bit_in_a_tile(service: RunningService, command: Command) -> None:
    assert command("log", "verify", "--url", service.url).status == 0
    with service.context.store.read() as tx:
        path = Tile(level=0, index=0, width=tx.log.size()).path
    flip(blob(service.context, path), at=40)
    require_named(command("log", "verify", "--url", service.url), "log_tile_altered", path)


@pytest.mark.usefixtures("cameo")
def test_a_flipped_bit_in_a_checkpoint(service: RunningService, command: Command) -> None:
    note = blob(service.context, "checkpoint")
    origin, size, root = content_of(note).decode().splitlines()[:3]
    flip(note, at=len(origin) + len(size) + len(root) // 2)
    ran = command("log", "verify", "--url", service.url)
    require_named(ran, "log_checkpoint_forged", "checkpoint")


@pytest.fixture
def rolled_back(
    service: RunningService, platform: httpx2.Client, cameo: str, databases: Kind
) -> Iterator[None]:
    """A database as it was before a revocation, whose end was published."""
    context = service.context
    with databases.remembered(context.settings) as back:
        made = plain_grant(platform, cameo, "user:cleo")
        assert platform.post(f"/v1/grants/{made}/revoke").status_code == 200
        publish(context)
        context.store.close()
        back()
        yield


@pytest.mark.usefixtures("rolled_back")
def test_a_rolled_back_database(platform: httpx2.Client, command: Command) -> None:
    ready = platform.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["log"] == {"ok": False, "problem": "log_rolled_back"}
    require_named(command("log", "audit"), "log_rolled_back", "it was rolled back or exchanged")
