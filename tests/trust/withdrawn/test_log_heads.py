"""The log's key is stolen, and withdrawn: the log goes on, and its heads are by the next key."""

import httpx2
import pytest

from cameo_service.offline.receipts import ReceiptNotProven, verify_receipt
from cameo_service.signing import Signer
from storage.keys import Purpose
from storage.log.notes import read
from storage.records import LogCheckpointRecord
from tests.service.log.making import publish
from tests.service.making import draft, grant, question
from tests.service.receipts.keeping import receipts
from tests.service.running import RunningService
from tests.trust.conftest import Command
from tests.trust.withdrawn.theft import Thief, trusts, withdraw

pytestmark = pytest.mark.both_databases


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
