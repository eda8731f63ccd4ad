"""What is recorded of a package, for whom, and that nothing of it is kept or told elsewhere."""

import json

import httpx2
import pytest

from cameo_service.events import Event
from storage.collections.trust import SqlDisclosures
from storage.errors import StorageError
from tests.kinds import Kind
from tests.service.making import permit
from tests.service.packages.asking import (
    BOTH,
    STILL,
    STUDIO,
    asked,
    disclosures,
    fetch,
    fetched,
)
from tests.service.running import Refusal, RunningService

SAID = {"event", "request_id", "logger", "level", "timestamp"}
SAID_OF_PACKAGES = SAID | {"disclosure", "cameo", "permit"}
SAID_OF_REQUESTS = SAID | {"method", "route", "status", "ms"}


def test_every_package_is_logged_and_shown_to_the_owner(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, cameo: str
) -> None:
    issued = permit(studio, asked(cameo))
    answers = [fetched(studio, cameo, issued) for _ in range(3)]
    shown = disclosures(platform, cameo)
    assert [each["id"] for each in shown] == [each["id"] for each in answers]
    first = shown[0]
    assert (first["holder"], first["requester"], first["permit_id"]) == (
        STUDIO,
        "user:bob",
        issued["id"],
    )
    kinds = [(each["kind"], each["modality"]) for each in first["contents"]]
    assert kinds == [(kind, each) for kind in ("embedding", "sample") for each in BOTH]
    with service.context.store.read() as tx:
        opening = tx.log.opening(first["log_number"])
        assert tx.disclosures.holders_of(cameo) == {STUDIO: tuple(each["id"] for each in shown)}
    assert opening is not None
    event = json.loads(opening.document)
    assert (event["event"], event["disclosure"]) == (Event.PACKAGE_DISCLOSED, first["id"])
    assert set(opening.subjects) == {cameo, "user:ann", STUDIO}


def test_the_owners_list_comes_page_by_page_and_to_nobody_else(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    cameo: str,
    refused: Refusal,
) -> None:
    issued = permit(studio, asked(cameo))
    ids = [fetched(studio, cameo, issued)["id"] for _ in range(3)]
    path = f"/v1/cameos/{cameo}/disclosures"
    page = platform.get(path, params={"limit": 2}).json()
    assert ([each["id"] for each in page["data"]], page["next_cursor"]) == (ids[:2], ids[1])
    rest = platform.get(path, params={"limit": 2, "after": ids[1]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[2:], False)
    refused(platform.get(path, params={"after": "dis_none"}), 422, "cursor_unknown")
    with service.client(service.key(principal=STUDIO, acts_for=("user:bob",))) as holder:
        refused(holder.get(path), 404, "unknown")


def test_what_cannot_be_recorded_does_not_leave(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refusal,
) -> None:
    issued = permit(studio, asked(cameo))
    with service.context.store.read() as tx:
        before = tx.log.size()

    def fail(*_: object) -> None:
        raise StorageError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(SqlDisclosures, "add", fail)
        refused(fetch(studio, cameo, issued["permit"]), 500, "internal_error")
    with service.context.store.read() as tx:
        assert tx.log.size() == before
    assert disclosures(platform, cameo) == []


def test_no_answer_is_kept_to_be_repeated(
    service: RunningService,
    studio: httpx2.Client,
    platform: httpx2.Client,
    cameo: str,
    databases: Kind,
    refused: Refusal,
) -> None:
    """A repeat under an idempotency key is another disclosure, and after a revocation none."""
    issued = permit(studio, asked(cameo))

    def again() -> httpx2.Response:
        return studio.post(
            f"/v1/cameos/{cameo}/identity-package",
            json={"permit": issued["permit"]},
            headers={"Idempotency-Key": "once"},
        )

    answers = [again(), again()]
    assert [each.status_code for each in answers] == [200, 200]
    assert len(disclosures(platform, cameo)) == 2
    stored = databases.contents(service.context.settings)
    assert STILL.content not in stored
    assert answers[0].json()["package"].encode() not in stored
    platform.post(f"/v1/cameos/{cameo}/revoke").raise_for_status()
    assert "package" not in refused(again(), 409, "permit_ended")
    assert len(disclosures(platform, cameo)) == 2


def test_no_log_line_holds_anything_of_it(
    studio: httpx2.Client, cameo: str, caplog: pytest.LogCaptureFixture
) -> None:
    issued = permit(studio, asked(cameo))
    caplog.clear()
    answer = fetched(studio, cameo, issued)
    said = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    assert len(said) == len(caplog.records)
    [disclosed] = [each for each in said if each["event"] == "identity package disclosed"]
    assert disclosed["disclosure"] == answer["id"]
    # by the names of what is said: a vector's `0.6` stands in many a time
    assert {name for each in said for name in each} <= SAID_OF_PACKAGES | SAID_OF_REQUESTS
    for secret in (answer["package"], issued["permit"], "user:ann"):
        assert secret not in str(said)
