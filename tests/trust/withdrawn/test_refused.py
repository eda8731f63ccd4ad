"""A key is stolen, and withdrawn: what it signed is refused, online and offline, and named.

Through HTTP, the command line and the SDK. What was logged before the theft goes on counting.
"""

import io
from typing import Any

import httpx2
import pytest

from cameo_service.client import verify_permit
from cameo_service.offline.archives import ArchiveNotProven, verify_archive
from cameo_service.offline.erasures import verify_erasure
from cameo_service.offline.receipts import ReceiptNotProven, Trusted, verify_receipt
from cameo_service.offline.tokens import claims_of
from cameo_service.signing import Signer
from storage.keys import Purpose
from tests.service import erasing
from tests.service.log.making import publish
from tests.service.making import draft, grant, permit, question, report
from tests.service.packages.asking import STUDIO, asked, enroll, fetch, fetched
from tests.service.packages.asking import verified as verified_package
from tests.service.receipts.keeping import receipts
from tests.service.running import RunningService
from tests.trust.conftest import Command
from tests.trust.withdrawn.theft import (
    HOUR,
    Thief,
    jwks,
    now_at,
    refresh,
    require_refused,
    trusts,
    withdraw,
)

pytestmark = pytest.mark.both_databases


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
