"""How long a challenge may be answered, and which recording answers which."""

import io
from typing import Any

import httpx2
import pytest

from cameo_service.callers import authenticate
from cameo_service.enrollments import challenges, recordings
from cameo_service.errors import ChallengeExpired
from tests.service.running import Refusal, RunningService, verification
from verification.report import Verdict
from verification.studio import broken
from verification.studio.encoding import encode
from verification.studio.take import Format


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("plain") / "plain.webm"
    encode(broken.plain_footage(size=(320, 240), frames=160, fps=10), path, Format.WEBM)
    return path.read_bytes()


def start(platform: httpx2.Client, principal: str = "user:ann") -> dict[str, Any]:
    started: dict[str, Any] = platform.post("/v1/enrollments", json={"principal": principal}).json()
    return started


def upload(platform: httpx2.Client, id: str, content: bytes) -> httpx2.Response:
    return platform.post(
        f"/v1/enrollments/{id}/recording",
        data={"statement_accepted": "true"},
        files={"recording": ("r.webm", content, "video/webm")},
    )


def test_a_challenge_is_answered_in_time_or_not_at_all(
    service: RunningService, platform: httpx2.Client, refused: Refusal, plain: bytes
) -> None:
    started = start(platform)
    service.clock.advance(seconds=300)
    refused(upload(platform, started["id"], plain), 409, "challenge_expired")
    assert service.context.blobs.list() == []
    drawn = platform.post(f"/v1/enrollments/{started['id']}/challenge").json()
    assert drawn["challenge"] != started["challenge"]
    assert drawn["attempt"] == 1
    assert upload(platform, started["id"], plain).status_code == 202


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

    class Slow(io.BytesIO):
        """An upload during which the attempt is rejected."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                service.conclude(id, verification(Verdict.REJECTED))
            return super().read(size)

    with service.context.store.read() as tx:
        caller = authenticate(tx, platform.headers["authorization"].split()[1])
    with pytest.raises(ChallengeExpired):
        recordings.receive(
            service.context,
            caller,
            id=id,
            upload=Slow(plain),
            mime="video/webm",
            statement_accepted=True,
        )
    shown = platform.get(f"/v1/enrollments/{id}").json()
    assert (shown["status"], shown["attempt"]) == ("requires_input", 2)
    assert service.context.blobs.list() == []


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
