"""A key is stolen, and withdrawn: what it signed is refused, online and offline, and named.

Through HTTP, the command line and the SDK. What was logged before the theft goes on counting.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.client import (
    TokenError,
    verify_credential,
    verify_grant,
    verify_permit,
    verify_status_list,
)
from cameo_service.context import Context
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.errors import NotProven
from cameo_service.offline.keys import certified_keys, published_keys
from cameo_service.offline.receipts import (
    ReceiptNotProven,
    Trusted,
    certified,
    published,
    verify_receipt,
)
from cameo_service.offline.tokens import claims_of
from cameo_service.signing import Signer
from storage.errors import KeyUnavailable
from storage.keys import PublicKey, Purpose, SigningKey, WithdrawnKey
from storage.local.root import LocalRoot
from storage.log.notes import read
from storage.records import LogCheckpointRecord
from tests.cli.running import Ran
from tests.service import erasing
from tests.service.log.making import database, publish
from tests.service.making import draft, grant, permit, question, report
from tests.service.packages.asking import STUDIO, STUDIO_SCOPES, asked, enroll, fetch, fetched
from tests.service.packages.asking import verified as verified_package
from tests.service.receipts.keeping import receipts
from tests.service.running import RunningService
from tests.trust.conftest import Command

pytestmark = pytest.mark.both_databases
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def morning(service: RunningService) -> None:
    """The service's clock is two hours behind that of the command line, until a test moves it."""
    service.clock.now = datetime.now(UTC) - 2 * HOUR


@pytest.fixture
def studio(service: RunningService) -> Iterator[httpx2.Client]:
    """A generator, which is the holder of its permits."""
    key = service.key(*STUDIO_SCOPES, principal=STUDIO, acts_for=("user:bob",))
    with service.client(key) as client:
        yield client


def now_at(service: RunningService) -> datetime:
    """The time of the command line, from now on the service's too."""
    service.clock.now = datetime.now(UTC)
    return service.clock.now


def withdraw(
    service: RunningService, command: Command, purpose: Purpose, *, ago: timedelta | None = None
) -> SigningKey:
    """Withdraw the key of now on the command line, which is another process's ring, and let the
    service look at its keys as it does every few seconds. Returns what the thief has."""
    stolen = service.context.keys.signing_key(purpose)
    since = () if ago is None else ("--since", (datetime.now(UTC) - ago).isoformat())
    ran = command("keys", "withdraw", stolen.kid, "--reason", "compromised", *since)
    assert ran.status == 0, ran.err
    refresh(service.context)
    assert service.context.keys.signing_key(purpose).kid != stolen.kid
    return stolen


def refresh(context: Context) -> None:
    context.keys._held._look_at = float("-inf")


def jwks(client: httpx2.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/.well-known/jwks.json").json()
    return document


def trusts(client: httpx2.Client) -> list[Trusted]:
    """Of who pinned the root, and of who believes the published set."""
    root = client.get("/.well-known/cameo-root").json()
    return [certified(root, root=root["root"]["kid"]), published(jwks(client))]


class Thief:
    """The keys of whoever has one of the service's."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def signing_key(self, purpose: Purpose, *, fresh: bool = False) -> SigningKey:
        assert not fresh
        assert purpose is self._key.purpose
        return self._key

    def public_keys(self) -> list[PublicKey]:
        return [self._key.public]

    def withdrawn_keys(self) -> list[WithdrawnKey]:
        return []


def require_refused(ask: Any, code: str = "key_withdrawn") -> None:
    with pytest.raises((TokenError, NotProven)) as raised:
        ask()
    assert getattr(raised.value, "code", None) == code


def test_a_permit_is_refused_offline_and_online(
    service: RunningService, studio: httpx2.Client, platform: httpx2.Client, command: Command
) -> None:
    cameo = enroll(service, "user:ann")
    grant(platform, cameo, facets=["face", "voice"])
    issued = permit(studio, asked(cameo))
    how: dict[str, Any] = {
        "audience": STUDIO,
        "issuer": service.context.settings.issuer,
        "now": service.clock(),
    }
    assert verify_permit(issued["permit"], jwks(studio), **how).id == issued["id"]
    stolen = withdraw(service, command, Purpose.PERMIT)
    assert stolen.kid not in {key["kid"] for key in jwks(studio)["keys"]}
    require_refused(lambda: verify_permit(issued["permit"], jwks(studio), **how))
    for keys in trusts(studio):
        require_refused(
            lambda keys=keys: claims_of(issued["permit"], keys.keys, typ="cameo-permit+jwt")
        )

    holder = service.key(principal=STUDIO)
    with service.client(holder) as client:
        answer = client.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()
        assert answer == {"active": False, "reason": "key_withdrawn"}
        # a permit of the thief's own is as unknown as any that was made up
        forged = Signer(Thief(stolen)).sign(Purpose.PERMIT, {"jti": "per_forged"})
        answer = client.post("/v1/permits/introspect", json={"permit": forged}).json()
        assert answer == {"active": False}
    refused = fetch(studio, cameo, issued["permit"])
    assert (refused.status_code, refused.json()["code"]) == (403, "key_withdrawn")
    # the use of a permit that was issued is what the store has, whoever could sign since
    assert report(studio, issued["id"])["permit_id"] == issued["id"]

    # rotation goes on, and so does everything by the key that follows
    again = permit(studio, asked(cameo))
    assert verify_permit(again["permit"], jwks(studio), **how).id == again["id"]
    assert verified_package(service, fetched(studio, cameo, again)).cameo_id == cameo
    assert command("keys", "rotate").status == 0
    for audit in (("log", "audit"), ("keys", "signing")):
        publish(service.context)
        assert command(*audit).status == 0


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


def test_a_receipt_holds_that_was_logged_before(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    (early, *_) = receipts(service, platform, draft(platform, question(cameo)))
    now_at(service)
    (late, *_) = receipts(service, platform, draft(platform, question(cameo)))
    for trusted in trusts(platform):
        for each in (early, late):
            verify_receipt(each, trusted)
    withdraw(service, command, Purpose.RECEIPT, ago=HOUR)
    for trusted in trusts(platform):
        assert verify_receipt(early, trusted).claims["jti"] == early["id"]
        with pytest.raises(ReceiptNotProven) as raised:
            verify_receipt(late, trusted)
        assert (raised.value.code, raised.value.part) == ("key_withdrawn", "statement")
    # by the key that follows, receipts are made as before
    (anew, *_) = receipts(service, platform, draft(platform, question(cameo)))
    assert all(verify_receipt(anew, trusted) for trusted in trusts(platform))
    # withdrawn as of an earlier moment, the first one does not hold either
    stolen = service.context.keys.withdrawn_keys()[0].public.kid
    ran = command(
        "keys",
        "withdraw",
        stolen,
        "--reason",
        "compromised",
        "--since",
        (service.clock() - 3 * HOUR).isoformat(),
    )
    assert ran.status == 0, ran.err
    refresh(service.context)
    for trusted in trusts(platform):
        require_refused(lambda trusted=trusted: verify_receipt(early, trusted))


def test_an_erasure_certificate_holds_that_was_logged_before(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    shown = []
    for who in ("user:ann", "user:ben"):
        erasure = erasing.erase(platform, service.enroll(who))
        erasing.work(service.context)
        publish(service.context)
        shown.append(platform.get(f"/v1/erasures/{erasure['id']}").json())
        now_at(service)
    withdraw(service, command, Purpose.ERASURE, ago=HOUR)

    def verify(document: Any, trusted: Trusted) -> Any:
        return verify_erasure(
            document["certificate"],
            document["proof"],
            keys=trusted.keys,
            log_keys=trusted.log_keys,
        )

    for trusted in trusts(platform):
        assert verify(shown[0], trusted).id == shown[0]["id"]
        require_refused(lambda trusted=trusted: verify(shown[1], trusted))
    publish(service.context)
    # the log has both, and whoever had the erasures' key has not the log's
    assert command("log", "audit").status == 0


def withdraw_unheard(service: RunningService, command: Command, purpose: Purpose) -> None:
    """Withdraw the key of now; the service does not look at its keys by itself any more."""
    keys = service.context.keys
    stolen = keys.signing_key(purpose).kid
    assert command("keys", "withdraw", stolen, "--reason", "compromised").status == 0
    now_at(service)
    keys._held._look_at = float("inf")
    assert keys.signing_key(purpose).kid == stolen


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


def test_the_log_goes_on_under_the_next_key(
    service: RunningService, platform: httpx2.Client, command: Command
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo)
    use = draft(platform, question(cameo))
    (before, *_) = receipts(service, platform, use)
    withdraw(service, command, Purpose.LOG)
    for trusted in trusts(platform):
        with pytest.raises(ReceiptNotProven) as raised:
            verify_receipt(before, trusted)
        assert (raised.value.code, raised.value.part) == ("key_withdrawn", "proof.checkpoint")
    # until there is a checkpoint by the next key, no proof is handed out that nobody believes
    waiting = platform.get(f"/v1/uses/{use['id']}/receipts")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "1")
    (again, *_) = receipts(service, platform, use)
    assert again["statement"] == before["statement"]
    for trusted in trusts(platform):
        assert verify_receipt(again, trusted).claims["jti"] == again["id"]
    for look in ("verify", "audit"):
        ran = command("log", look)
        assert ran.status == 0, ran.err


def test_a_head_by_the_withdrawn_key_is_signed_anew(
    service: RunningService, command: Command
) -> None:
    publish(service.context)
    stolen = service.context.keys.signing_key(Purpose.LOG)
    withdraw(service, command, Purpose.LOG)
    publish(service.context)
    with service.context.store.read() as tx:
        head = tx.log.checkpoint()
    assert head is not None
    # a process that had not looked at its keys yet signed the newest head once more
    late = Signer(Thief(stolen))
    note = late.note(read(head.note)[0])
    with service.context.store.write() as tx:
        tx.log.keep_checkpoint(
            LogCheckpointRecord(
                size=head.size, root=head.root, note=note, created_at=head.created_at
            )
        )
    publish(service.context)
    with service.context.store.read() as tx:
        anew = tx.log.checkpoint()
    assert anew is not None
    assert (anew.size, anew.note) == (head.size, head.note)
    assert command("log", "verify").status == 0


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


def test_packages_and_archives_are_asked_for_again(
    service: RunningService, studio: httpx2.Client, platform: httpx2.Client, command: Command
) -> None:
    cameo = enroll(service, "user:ann")
    grant(platform, cameo, facets=["face", "voice"])
    issued = permit(studio, asked(cameo))
    package = fetched(studio, cameo, issued)
    assert verified_package(service, package).cameo_id == cameo
    publish(service.context)

    def archive() -> bytes:
        answer = platform.get("/v1/me/export", params={"principal": "user:ann"})
        assert answer.status_code == 200, answer.text
        return answer.content

    kept = archive()
    assert verify_archive(io.BytesIO(kept), trusts(platform)[0]).subject == "user:ann"
    withdraw(service, command, Purpose.PACKAGE)
    withdraw(service, command, Purpose.EXPORT)
    require_refused(lambda: verified_package(service, package))
    assert verified_package(service, fetched(studio, cameo, issued)).cameo_id == cameo
    for trusted in trusts(platform):
        with pytest.raises(ArchiveNotProven) as raised:
            verify_archive(io.BytesIO(kept), trusted)
        assert (raised.value.code, raised.value.path) == ("key_withdrawn", "manifest.jws")
    publish(service.context)
    for believed in (*trusts(platform), None):
        assert verify_archive(io.BytesIO(archive()), believed).subject == "user:ann"


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


def refusal(ran: Ran) -> tuple[int, str]:
    return ran.status, ran.error["code"]


def listed(command: Command) -> Any:
    ran = command("keys", "signing")
    assert ran.status == 0, ran.err
    return ran.document


def test_the_command_says_what_makes_no_sense(context: Context, command: Command) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    before = listed(command)
    why = ("--reason", "compromised")
    for nobody in ("nobody", "-Inobody", "--nobody"):
        assert refusal(command("keys", "withdraw", nobody, *why)) == (1, "not_found")
    assert command("keys", "withdraw", kid, *why, "--sinse", "x").status == 2
    assert refusal(command("keys", "withdraw", before["root"], *why)) == (2, "key_is_the_root")
    ran = command("keys", "withdraw", kid, "--reason", "stolen")
    assert refusal(ran) == (2, "unknown_reason")
    assert "unspecified, compromised, superseded" in ran.error["message"]
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    for since in ("yesterday", "2026-11-22T18:00:00", "2026-99-01T00:00:00Z", *ends):
        ran = command("keys", "withdraw", kid, *why, "--since", since)
        assert refusal(ran) == (2, "moment_malformed")
    ran = command("keys", "withdraw", kid, *why, "--since", "2126-11-22T18:00:00Z")
    assert refusal(ran) == (2, "withdrawn_in_future")
    assert listed(command) == before


def test_saying_it_again_changes_nothing(context: Context, command: Command) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    first = command("keys", "withdraw", kid, "--reason", "compromised")
    assert [key["status"] for key in first.document] == ["withdrawn", "current"]
    assert first.document[0]["revoked"]["reason"] == "compromised"
    before = listed(command)
    again = command("keys", "withdraw", kid, "--reason", "superseded")
    assert (again.status, again.document) == (0, first.document)
    assert listed(command) == before
    with context.store.read() as tx:
        entries = tx.log.entries(0, limit=1_000)
    assert sum(b'"kind":"key.withdrawn"' in each.entry for each in entries) == 1


def test_without_the_root_nothing_is_changed(
    context: Context, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = context.keys.signing_key(Purpose.PERMIT).kid
    before = listed(command)
    with monkeypatch.context() as patched:

        def away(root: LocalRoot, message: bytes) -> bytes:
            assert isinstance(root, LocalRoot)
            assert message
            raise KeyUnavailable("the key service did not answer")

        patched.setattr(LocalRoot, "sign", away)
        ran = command("keys", "withdraw", kid, "--reason", "compromised")
        assert refusal(ran) == (4, "key_unavailable")
    assert listed(command) == before


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
