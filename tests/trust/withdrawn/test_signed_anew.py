"""What the service signs after a withdrawal: some at once, the rest as `cameo keys resign` says.

Credentials and grants are signed anew where the log has them from before the theft, and else on
the operator's word alone.
"""

import hashlib
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.client import verify_credential, verify_grant, verify_status_list
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.receipts import verify_receipt
from storage.keys import Purpose
from tests.service import erasing
from tests.service.log.making import database, publish
from tests.service.making import draft, grant, permit, question
from tests.service.packages.asking import asked, enroll, fetch
from tests.service.receipts.keeping import receipts
from tests.service.running import RunningService
from tests.trust.conftest import Command
from tests.trust.withdrawn.theft import (
    HOUR,
    jwks,
    now_at,
    refresh,
    require_refused,
    trusts,
    withdraw,
    withdraw_unheard,
)

pytestmark = pytest.mark.both_databases


def test_a_status_list_is_signed_anew_at_once(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    uri = f"{service.context.settings.issuer}/v1/status-lists/0"

    def fetched_list() -> str:
        return platform.get("/v1/status-lists/0").text

    def verify(token: str) -> Any:
        return verify_status_list(
            token,
            jwks(platform),
            uri=uri,
            issuer=service.context.settings.issuer,
            now=service.clock(),
        )

    before = fetched_list()
    assert verify(before)
    withdraw(service, command, Purpose.STATUS_LIST)
    require_refused(lambda: verify(before))
    # the service's clock stands still: the list of before would have been handed out again
    assert verify(fetched_list())


def test_nothing_that_is_to_last_is_signed_by_a_key_that_was_withdrawn_a_moment_ago(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    now_at(service)
    how: dict[str, Any] = {
        "issuer": service.context.settings.issuer,
        "now": service.clock() + HOUR,
    }
    withdraw_unheard(service, command, Purpose.IDENTITY)
    cameo = service.enroll("user:ann")
    credential = platform.get(f"/v1/cameos/{cameo}").json()["credential"]
    refresh(service.context)
    assert verify_credential(credential, jwks(platform), **how).cameo_id == cameo
    withdraw_unheard(service, command, Purpose.GRANT)
    signed = platform.get(f"/v1/grants/{grant(platform, cameo)}").json()["signed"]
    refresh(service.context)
    assert verify_grant(signed, jwks(platform), issuer=how["issuer"]).cameo_id == cameo
    withdraw_unheard(service, command, Purpose.RECEIPT)
    found = receipts(service, platform, draft(platform, question(cameo)))
    withdraw_unheard(service, command, Purpose.ERASURE)
    erasure = erasing.erase(platform, cameo)
    erasing.work(service.context)
    publish(service.context)
    shown = platform.get(f"/v1/erasures/{erasure['id']}").json()
    refresh(service.context)
    for trusted in trusts(platform):
        for each in found:
            verify_receipt(each, trusted)
        verify_erasure(
            shown["certificate"], shown["proof"], keys=trusted.keys, log_keys=trusted.log_keys
        )


def test_credentials_are_signed_anew_where_the_log_has_them_from_before(
    service: RunningService, studio: httpx2.Client, platform: httpx2.Client, command: Command
) -> None:
    early = enroll(service, "user:ann")
    now_at(service)
    late = enroll(service, "user:ben")
    publish(service.context)
    for cameo in (early, late):
        grant(platform, cameo, facets=["face", "voice"])

    def credential(cameo: str) -> Any:
        shown = platform.get(f"/v1/cameos/{cameo}").json()["credential"]
        return verify_credential(
            shown,
            jwks(platform),
            issuer=service.context.settings.issuer,
            now=service.clock() + HOUR,
        )

    before = {cameo: credential(cameo) for cameo in (early, late)}
    withdraw(service, command, Purpose.IDENTITY, ago=HOUR)
    for cameo in (early, late):
        require_refused(lambda cameo=cameo: credential(cameo))
        refused = fetch(studio, cameo, permit(studio, asked(cameo))["permit"])
        assert (refused.status_code, refused.json()["code"]) == (503, "credential_key_withdrawn")
    publish(service.context)
    ran = command("keys", "resign")
    assert ran.status == 1
    assert ran.document == {"credentials": 1, "grants": 0, "left": {late: "not_logged"}}
    assert credential(early).cameo_id == before[early].cameo_id
    assert fetch(studio, early, permit(studio, asked(early))["permit"]).status_code == 200
    require_refused(lambda: credential(late))
    # somebody took a template out of the database: nobody's word has that signed
    gone = "DELETE FROM templates WHERE cameo_id = :cameo AND modality = 'voice'"
    with database(service.context) as connection:
        assert connection.execute(text(gone), {"cameo": late}).rowcount == 1
    ran = command("keys", "resign", "--unlogged")
    assert (ran.status, ran.document["left"]) == (1, {late: "tampered"})


def test_the_operator_may_take_the_databases_word(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    cameo, ended = service.enroll("user:ann"), service.enroll("user:ben")
    assert platform.post(f"/v1/cameos/{ended}/revoke").status_code == 200
    publish(service.context)
    withdraw(service, command, Purpose.IDENTITY, ago=3 * HOUR)
    publish(service.context)
    left = {cameo: "not_logged", ended: "not_logged"}
    assert command("keys", "resign").document["left"] == left
    ran = command("keys", "resign", "--unlogged")
    assert (ran.status, ran.document) == (0, {"credentials": 2, "grants": 0, "left": {}})
    # what was signed anew is logged, so that the next theft is answered without that word
    with service.context.store.read() as tx:
        last = {id: tx.log.about(id, limit=100)[-1].document for id in left}
        stored = {id: tx.cameos.get(id).credential or "" for id in left}
    for id, document in last.items():
        event = json.loads(document)
        digest = hashlib.sha256(stored[id].encode()).hexdigest()
        assert (event["event"], event["credential_sha256"]) == ("credential.signed", digest)
    ran = command("keys", "resign")
    assert (ran.status, ran.document) == (0, {"credentials": 0, "grants": 0, "left": {}})
    publish(service.context)
    assert command("log", "audit").status == 0


def test_signed_grants_are_signed_anew_where_the_log_has_them_from_before(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    cameo = service.enroll("user:ann")
    early = grant(platform, cameo)
    now_at(service)
    late = grant(platform, cameo, "user:carl")
    publish(service.context)

    def signed(id: str) -> Any:
        token = platform.get(f"/v1/grants/{id}").json()["signed"]
        return verify_grant(token, jwks(platform), issuer=service.context.settings.issuer)

    before = {id: signed(id) for id in (early, late)}
    withdraw(service, command, Purpose.GRANT, ago=HOUR)
    for each in before:
        require_refused(lambda each=each: signed(each))
    publish(service.context)
    ran = command("keys", "resign")
    assert (ran.status, ran.document["left"]) == (1, {late: "not_logged"})
    assert signed(early) == before[early]
    require_refused(lambda: signed(late))
    ran = command("keys", "resign", "--unlogged")
    assert (ran.status, ran.document) == (0, {"credentials": 0, "grants": 1, "left": {}})
    assert signed(late) == before[late]


def test_an_entry_that_is_dated_back_has_nothing_signed(
    service: RunningService, command: Command
) -> None:
    cameo = service.enroll("user:ann")
    publish(service.context)
    withdraw(service, command, Purpose.IDENTITY, ago=3 * HOUR)
    with service.context.store.read() as tx:
        number = tx.log.about(cameo, limit=1)[0].number
        entry = json.loads(tx.log.entries(number, limit=1)[0].entry)
        before = tx.cameos.get(cameo)
    dated = json.dumps(
        {**entry, "time": "2020-01-01T00:00:00.000000Z"}, sort_keys=True, separators=(",", ":")
    ).encode()
    with database(service.context) as connection:
        changed = "UPDATE log_entries SET entry = :entry WHERE number = :number"
        connection.execute(text(changed), {"entry": dated, "number": number})
    ran = command("keys", "resign")
    assert (ran.status, ran.error["code"]) == (1, "log_tile_altered")
    with service.context.store.read() as tx:
        assert tx.cameos.get(cameo) == before
