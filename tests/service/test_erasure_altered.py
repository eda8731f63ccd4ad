"""Rows of others that somebody altered: they keep no erasure from its end, and no worker from work.

What names the erased cameo in a shape that nobody can read goes as a whole.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from cameo_service import worker
from cameo_service.housekeeping import sweep
from cameo_service.worker import Worker
from permissions.facts import CameoStatus
from storage.contracts import Transaction
from storage.errors import Tampered
from storage.records import AccessState
from tests.service.erasing import (
    enroll,
    erase,
    likeness,
    named_elsewhere,
    no_models,
    proven,
    shown,
    work,
)
from tests.service.running import Refusal, RunningService
from tests.service.written import write_about
from tests.storage import samples

pytestmark = pytest.mark.both_databases


def altered(cameo: str) -> tuple[Any, ...]:
    """JSON with the cameo's id in it, of other shapes than the service writes."""
    return ({"alike": [cameo]}, {"alike": {cameo: 1}}, {"alike": 7, "x": cameo}, [cameo], cameo)


def in_report(tx: Transaction, twins: str, document: Any) -> None:
    tx.enrollments.save(replace(tx.enrollments.get(twins), report=document))


def in_result(tx: Transaction, _: str, document: Any) -> None:
    scan = tx.scans.find("sca_1")
    assert scan is not None
    tx.scans.save(replace(scan, result=document))


def in_asks(tx: Transaction, _: str, document: Any) -> None:
    tx.access_requests.save(replace(tx.access_requests.get("acr_1"), asks=(document,)))


@pytest.mark.parametrize("shape", range(5))
@pytest.mark.parametrize("alter", [in_report, in_result, in_asks])
def test_an_altered_row_of_another_keeps_no_erasure_from_its_end(
    service: RunningService,
    platform: httpx2.Client,
    alter: Callable[[Transaction, str, Any], None],
    shape: int,
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    twins = named_elsewhere(service, cameo)
    with service.context.store.write() as tx:
        alter(tx, twins, altered(cameo)[shape])
    erased = erase(platform, cameo)
    work(service.context)
    destroyed = proven(service, platform, erased["id"]).destroyed
    found = [destroyed[each] for each in ("reports_of_others", "scans", "access_requests")]
    assert found == [1, 1, 1]
    with service.context.store.read() as tx:
        assert tx.enrollments.naming(cameo, limit=9) == []
        assert tx.scans.naming(cameo, limit=9) == []
        assert tx.access_requests.get("acr_1").message == ""


@pytest.mark.parametrize(
    ("recall", "left"),
    [
        ({"reason": "words"}, {"reason": None}),
        ({"key": "cameo:cam_other", "reason": "words"}, ...),
    ],
)
def test_an_altered_recall_loses_its_words(
    service: RunningService, platform: httpx2.Client, recall: Any, left: Any
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    with service.context.store.write() as tx:
        use = tx.uses.get("use_words")
        tx.uses.save(replace(use, recall_document=recall))
    erase(platform, cameo)
    with service.context.store.read() as tx:
        found = tx.uses.get("use_words").recall_document
    assert found == (recall if left is ... else left)


@pytest.mark.parametrize("recall", [["words"], "words"])
def test_a_recall_that_cannot_be_read_is_named_and_nothing_is_erased_on_its_word(
    service: RunningService, platform: httpx2.Client, refused: Refusal, recall: Any
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    write_about(service.context, cameo, owner="user:ann")
    with service.context.store.write() as tx:
        use = tx.uses.get("use_words")
        tx.uses.save(replace(use, recall_document=recall))
    refused(platform.post(f"/v1/cameos/{cameo}/erase"), 500, "tampered")
    with service.context.store.read() as tx:
        assert tx.cameos.get(cameo).status is CameoStatus.ACTIVE


def test_a_sweep_that_fails_keeps_no_job_from_its_worker(
    service: RunningService, platform: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    erased = erase(platform, cameo)

    def failing(*_: object, **__: object) -> None:
        raise TypeError("a row of a shape that nobody foresaw")

    monkeypatch.setattr(worker, "sweep", failing)
    assert Worker(service.context, load=no_models).step()
    assert shown(platform, erased["id"])["status"] == "completed"


def test_an_altered_row_keeps_no_overdue_erasure_from_the_sweep(
    service: RunningService, platform: httpx2.Client
) -> None:
    """What the sweep tidies itself can be altered, too: first comes what was promised."""
    cameo, _ = enroll(service, "user:ann", likeness())
    erased = erase(platform, cameo)
    with service.context.store.write() as tx:
        broken = samples.access_request(id="acr_old", asks=("none",), state=AccessState.PENDING)
        tx.access_requests.add(replace(broken, expires_at=service.clock()))
    service.clock.advance(minutes=5)
    with pytest.raises(Tampered):
        sweep(service.context)
    assert shown(platform, erased["id"])["status"] == "completed"
