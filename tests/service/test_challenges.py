"""How long a challenge may be answered, and which recording answers which."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from cameo_service.callers import authenticate
from cameo_service.enrollments import challenges, recordings
from cameo_service.errors import ChallengeExpired
from storage.contracts import Store, Transaction
from storage.errors import StoreUnavailable
from tests.service.running import Refusal, RunningService, verification
from verification.report import Verdict


def start(platform: httpx2.Client, principal: str = "user:ann") -> dict[str, Any]:
    started: dict[str, Any] = platform.post("/v1/enrollments", json={"principal": principal}).json()
    return started


def upload(platform: httpx2.Client, id: str, content: bytes) -> httpx2.Response:
    return platform.post(
        f"/v1/enrollments/{id}/recording",
        data={"statement_accepted": "true"},
        files={"recording": ("r.webm", content, "video/webm")},
    )


def receive_while(
    service: RunningService,
    platform: httpx2.Client,
    id: str,
    content: bytes,
    meanwhile: Callable[[], object],
) -> None:
    """An upload during which something else happens."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                meanwhile()
            return super().read(size)

    with service.context.store.read() as tx:
        caller = authenticate(tx, platform.headers["authorization"].split()[1])
    recordings.receive(
        service.context,
        caller,
        id=id,
        upload=Slow(content),
        mime="video/webm",
        statement_accepted=True,
    )


def waits_for_attempt(
    service: RunningService, platform: httpx2.Client, id: str, *, attempt: int
) -> bool:
    shown = platform.get(f"/v1/enrollments/{id}").json()
    waits = (shown["status"], shown["attempt"]) == ("requires_input", attempt)
    return waits and service.context.blobs.list() == []


def test_a_challenge_is_answered_in_time_or_not_at_all(
    service: RunningService, platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    started = start(platform)
    service.clock.advance(seconds=600)
    refused(upload(platform, started["id"], plain), 409, "challenge_expired")
    assert service.context.blobs.list() == []
    drawn = platform.post(f"/v1/enrollments/{started['id']}/challenge").json()
    assert drawn["challenge"] != started["challenge"]
    assert drawn["attempt"] == 1
    service.clock.advance(seconds=599)
    assert upload(platform, started["id"], plain).status_code == 202


def test_an_upload_that_ends_too_late_is_too_late(
    service: RunningService, platform: httpx2.Client, plain: bytes
) -> None:
    id = start(platform)["id"]
    service.clock.advance(seconds=599)
    with pytest.raises(ChallengeExpired):
        receive_while(service, platform, id, plain, lambda: service.clock.advance(seconds=1))
    assert waits_for_attempt(service, platform, id, attempt=1)


def test_a_recording_is_taken_once(
    service: RunningService, platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    id = start(platform)["id"]
    assert upload(platform, id, plain).status_code == 202
    refused(upload(platform, id, plain), 409, "wrong_state")
    assert len(service.context.blobs.list()) == 1


def test_after_a_rejection_the_same_recording_answers_another_challenge(
    service: RunningService, platform: httpx2.Client, plain: bytes
) -> None:
    started = start(platform)
    assert upload(platform, started["id"], plain).status_code == 202
    service.conclude(started["id"], verification(Verdict.REJECTED))
    renewed = platform.get(f"/v1/enrollments/{started['id']}").json()["challenge"]
    assert renewed["steps"] != started["challenge"]["steps"]
    assert upload(platform, started["id"], plain).status_code == 202
    with service.context.store.read() as tx:
        # the verifier is handed what is asked now, and nothing that was asked before
        assert tx.enrollments.get(started["id"]).challenge == renewed


def test_a_session_uploads_to_its_own_enrollment_only(
    service: RunningService, platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    mine, other = start(platform), start(platform, "user:ben")
    assert mine["challenge"] != other["challenge"]
    secret = {"client_secret": mine["client_secret"]}
    opened = platform.post(f"/v1/enrollments/{mine['id']}/open", json=secret).json()
    with service.client(opened["session_token"]) as person:
        refused(upload(person, other["id"], plain), 401, "unauthenticated")
        path = f"/v1/enrollments/{other['id']}/challenge"
        refused(person.post(path), 401, "unauthenticated")
        assert service.context.blobs.list() == []
        assert upload(person, mine["id"], plain).status_code == 202


def test_a_recording_made_while_another_tab_drew_is_refused(
    service: RunningService, platform: httpx2.Client, plain: bytes
) -> None:
    id = start(platform)["id"]
    path = f"/v1/enrollments/{id}/challenge"
    with pytest.raises(ChallengeExpired):
        receive_while(service, platform, id, plain, lambda: platform.post(path))
    assert waits_for_attempt(service, platform, id, attempt=1)


def test_a_challenge_of_an_earlier_version_must_be_drawn_anew(
    service: RunningService, platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    id = start(platform)["id"]
    with service.context.store.write() as tx:
        stored = tx.enrollments.get(id)
        tx.enrollments.save(replace(stored, challenge={**stored.challenge, "version": 1}))
    refused(upload(platform, id, plain), 409, "challenge_expired")
    assert platform.post(f"/v1/enrollments/{id}/challenge").json()["challenge"]["version"] == 2
    assert upload(platform, id, plain).status_code == 202


def test_nobody_draws_until_a_challenge_suits_them(
    platform: httpx2.Client, refused: Refusal
) -> None:
    path = f"/v1/enrollments/{start(platform)['id']}/challenge"
    for _ in range(challenges.DRAWS_ALLOWED - 1):
        assert platform.post(path).status_code == 200
    refused(platform.post(path), 409, "no_more_challenges")


def test_a_recording_begun_for_an_earlier_challenge_is_not_taken_for_the_next(
    service: RunningService, platform: httpx2.Client, plain: bytes
) -> None:
    id = start(platform)["id"]

    def reject() -> None:
        service.conclude(id, verification(Verdict.REJECTED))

    with pytest.raises(ChallengeExpired):
        receive_while(service, platform, id, plain, reject)
    assert waits_for_attempt(service, platform, id, attempt=2)


def test_an_enrollment_receives_one_recording_at_a_time(
    platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    id = start(platform)["id"]
    with recordings.receiving(id):
        refused(upload(platform, id, plain), 409, "upload_in_progress")
    assert upload(platform, id, plain).status_code == 202


def test_who_was_rejected_too_often_waits_a_day(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    for _ in range(3):
        id = start(platform)["id"]
        for _ in range(3):
            service.conclude(id, verification(Verdict.REJECTED))
    response = platform.post("/v1/enrollments", json={"principal": "user:ann"})
    refused(response, 429, "too_many_rejections")
    assert int(response.headers["retry-after"]) > 0
    assert start(platform, "user:ben")["status"] == "requires_input"
    service.clock.advance(days=1, seconds=1)
    assert start(platform)["status"] == "requires_input"


class AnswerLost:
    """A store that commits the n-th write, and whose connection is cut before it says so."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store = store
        self._left = writes

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self._store.write() as tx:
            yield tx
        self._left -= 1
        if self._left == 0:
            raise StoreUnavailable("the connection was cut")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.both_databases
def test_a_submission_whose_acceptance_was_not_heard_keeps_its_recording(
    service: RunningService, platform: httpx2.Client, plain: bytes
) -> None:
    id = start(platform)["id"]
    context = service.context
    with context.store.read() as tx:
        caller = authenticate(tx, platform.headers["authorization"].split()[1])
    store: Any = AnswerLost(context.store, 2)  # the first one announces it
    with pytest.raises(StoreUnavailable):
        recordings.receive(
            replace(context, store=store),
            caller,
            id=id,
            upload=io.BytesIO(plain),
            mime="video/webm",
            statement_accepted=True,
        )
    with context.store.read() as tx:
        record = tx.enrollments.get(id)
    assert context.blobs.list(recordings.BLOB_PREFIX) == [record.recording_blob]
