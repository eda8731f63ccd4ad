"""Everything that somebody could tamper with, one test each: it is detected, and it is named.

Through what outsiders and operators have: HTTP, the command line, the offline verifier and the SDK.
`docs/security.md` has the table.
"""

import base64
from collections.abc import Iterator
from typing import Any, Protocol

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.client import TokenError, verify_credential, verify_permit
from cameo_service.context import Context
from cameo_service.offline.receipts import ReceiptNotProven, verify_receipt
from storage.errors import Tampered
from storage.keys import Purpose
from storage.log.tiles import Tile
from tests.kinds import Kind
from tests.service.log.making import content_of, damage, database, flip, publish
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


class Require(Protocol):
    """Checks an answer to who asked for what was altered."""

    def __call__(self, response: httpx2.Response, said: str, *, code: str = "tampered") -> None:
        """`said` is what the log names, under `code`."""


@pytest.fixture
def require_refused(caplog: pytest.LogCaptureFixture) -> Require:
    """A fault of the service's: who asked is given nothing, its log names the sentence."""

    def check(response: httpx2.Response, said: str, *, code: str = "tampered") -> None:
        problem = response.json()
        assert (response.status_code, problem["code"]) == (500, "tampered")
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["detail"].startswith("what is stored here was altered, and was not used")
        assert said not in response.text
        (told,) = [line for line in caplog.messages if "stored data was altered" in line]
        assert f"'code': '{code}'" in told
        assert said in told
        assert response.headers["x-request-id"] in told
        caplog.clear()

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


def test_an_altered_statement_of_a_receipt(
    service: RunningService, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    use = draft(platform, question(cameo))
    [held, *_] = receipts(service, platform, use)
    altered = with_flipped_bit(held["statement"])
    statement = "UPDATE receipts SET statement = :to WHERE id = :id"
    execute(service.context, statement, to=altered, id=held["id"])
    require_refused(platform.get(f"/v1/uses/{use['id']}/receipts"), held["id"])


def test_an_altered_opening(
    service: RunningService,
    platform: httpx2.Client,
    cameo: str,
    command: Command,
    require_refused: Require,
) -> None:
    use = draft(platform, question(cameo))
    number = receipts(service, platform, use)[0]["proof"]["index"]
    said = f"the opening of log entry `{number}` was altered"
    for altered in (b'{"event":"use.reported"}', b"nothing of JSON"):
        statement = "UPDATE log_openings SET document = :to WHERE number = :number"
        execute(service.context, statement, to=altered, number=number)
        for path in (f"/v1/uses/{use['id']}/receipts", "/v1/me/export?principal=org:platform"):
            require_refused(platform.get(path), said, code="log_opening_altered")
    require_named(command("log", "audit"), "log_opening_altered", said)


@pytest.mark.usefixtures("cameo")
@pytest.mark.parametrize("altered", [b"[]", b"null", b'{"event":"block.set","owner":"user:eve"}'])
def test_an_altered_opening_is_not_taken_for_one_to_leave_out(
    service: RunningService, platform: httpx2.Client, require_refused: Require, altered: bytes
) -> None:
    with service.context.store.read() as tx:
        (opening,) = tx.log.about("user:ann", limit=1, after=-1)
    statement = "UPDATE log_openings SET document = :to WHERE number = :number"
    execute(service.context, statement, to=altered, number=opening.number)
    answer = platform.get("/v1/me/export?principal=user:ann")
    require_refused(answer, f"entry `{opening.number}` was", code="log_opening_altered")


@pytest.mark.parametrize("path", ["receipts", "export"])
def test_an_altered_tile_gives_no_proof(
    service: RunningService,
    platform: httpx2.Client,
    cameo: str,
    require_refused: Require,
    path: str,
) -> None:
    use = draft(platform, question(cameo))
    receipts(service, platform, use)
    with service.context.store.read() as tx:
        tile = Tile(level=0, index=0, width=tx.log.size()).path
    flip(service.context, tile, at=40)
    routes = {
        "receipts": f"/v1/uses/{use['id']}/receipts",
        "export": "/v1/me/export?principal=user:ann",
    }
    require_refused(platform.get(routes[path]), "tiles do not lead", code="log_tile_altered")


@pytest.mark.usefixtures("cameo")
def test_a_checkpoint_that_the_disk_damaged(
    context: Context, platform: httpx2.Client, require_refused: Require
) -> None:
    damage(context, "checkpoint", at=20)
    refused = platform.get("/log/checkpoint")
    require_refused(refused, "checkpoint is damaged", code="log_checkpoint_forged")


def test_the_templates_of_an_archive(
    context: Context, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    statement = "UPDATE templates SET ciphertext = :to WHERE cameo_id = :id AND modality = 'face'"
    execute(context, statement, to=bytes(64), id=cameo)
    wanted = {"principal": "user:ann", "include_biometrics": "true"}
    require_refused(platform.get("/v1/me/export", params=wanted), cameo)


def test_an_altered_signing_key(
    service: RunningService, platform: httpx2.Client, cameo: str, require_refused: Require
) -> None:
    kid = service.context.keys.signing_key(Purpose.PERMIT).kid
    statement = "UPDATE signing_keys SET wrapped = :to WHERE kid = :kid"
    execute(service.context, statement, to=bytes(64), kid=kid)
    # looked at now, and not in a few seconds
    with pytest.raises(Tampered, match=kid):
        service.context.keys.prepare()
    refused = platform.post("/v1/permits", json=question(cameo))
    require_refused(refused, kid)
    assert platform.get("/readyz").json()["keys"] == {"ok": False, "problem": "tampered"}


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
    flip(service.context, path, at=40)
    require_named(command("log", "verify", "--url", service.url), "log_tile_altered", path)


@pytest.mark.usefixtures("cameo")
def test_a_flipped_bit_in_a_checkpoint(service: RunningService, command: Command) -> None:
    note = content_of(service.context, "checkpoint").decode()
    origin, size, root = note.splitlines()[:3]
    flip(service.context, "checkpoint", at=len(origin) + len(size) + len(root) // 2)
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
