"""Renewing a cameo: what is new afterwards, what stays, and what an attempt leaves alone."""

from dataclasses import replace
from typing import Any

import httpx2
import jwt
import pytest

from cameo_service.enrollments.verdicts import conclude
from storage.records import EnrollmentState, TemplateRecord
from tests.service.making import permit, permitted, plain_grant, question
from tests.service.running import Refusal, RunningService, verification
from verification.faces.contracts import FaceTemplate
from verification.report import Check, Outcome, Report, Sample, Verdict, Verification

NEW_FACE = FaceTemplate(model="new-model", model_sha256="c" * 64, vector=(1.0, 0.0))
STILL = Sample(modality="face", media_type="image/png", content=b"still")
GENERATE = {"audience": {"generate": "everyone"}}
SEEN = {"depth": "pass", "blink": "pass", "lips": "pass"}


def anew(verdict: Verdict = Verdict.VERIFIED) -> Verification:
    """A verification by another model."""
    if verdict is Verdict.REJECTED:
        return verification(verdict, code="face_differs_from_before")
    return replace(verification(verdict), face=NEW_FACE, samples=(STILL,))


@pytest.fixture
def cameo(service: RunningService) -> str:
    return service.enroll("user:ann")


@pytest.fixture
def asked(platform: httpx2.Client, cameo: str) -> dict[str, Any]:
    """A question to which a grant says yes."""
    plain_grant(platform, cameo)
    asked = question(cameo)
    assert permitted(platform, asked)
    return asked


def begin(platform: httpx2.Client, cameo: str) -> dict[str, Any]:
    response = platform.post("/v1/enrollments", json={"principal": "user:ann", "renews": cameo})
    assert response.status_code == 201, response.text
    started: dict[str, Any] = response.json()
    return started


def shown(platform: httpx2.Client, cameo: str) -> dict[str, Any]:
    answer: dict[str, Any] = platform.get(f"/v1/cameos/{cameo}").json()
    return answer


def templates(service: RunningService, holder: str) -> list[TemplateRecord]:
    with service.context.store.read() as tx:
        return tx.templates.of_cameo(holder)


def claims(cameo: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(cameo["credential"], options={"verify_signature": False})
    return found


def test_a_renewal_has_new_templates_and_a_new_credential(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    before = shown(platform, cameo)
    service.clock.advance(days=300)
    renewal = begin(platform, cameo)
    service.conclude(renewal["id"], anew())
    after, told = shown(platform, cameo), platform.get(f"/v1/enrollments/{renewal['id']}").json()
    assert (told["status"], told["cameo_id"], told["renews"]) == ("verified", cameo, cameo)
    assert (after["id"], after["status"], after["policy"]) == (cameo, "active", before["policy"])
    assert after["enrollment_id"] == renewal["id"]
    assert after["credential_expires_at"] > before["credential_expires_at"]
    assert [each.model for each in templates(service, cameo)] == ["new-model", "voice-model"]
    named = {each["model_sha256"] for each in claims(after)["templates"]}
    assert named == {"c" * 64, "b" * 64}
    assert templates(service, renewal["id"]) == []
    with service.context.store.read() as tx:
        assert [each.content for each in tx.templates.samples_of(cameo)] == [b"still"]


def test_policy_grants_and_permits_outlive_a_renewal(
    service: RunningService, platform: httpx2.Client, cameo: str, asked: dict[str, Any]
) -> None:
    issued = permit(platform, asked)
    service.conclude(begin(platform, cameo)["id"], anew())
    assert permitted(platform, asked)
    found = platform.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()
    assert found["active"]


def test_what_was_revoked_before_a_renewal_stays_revoked(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    grant = plain_grant(platform, cameo)
    platform.post(f"/v1/grants/{grant}/revoke")
    service.conclude(begin(platform, cameo)["id"], anew())
    assert not permitted(platform, question(cameo))


def test_an_expired_cameo_is_used_again_once_it_is_renewed(
    service: RunningService, platform: httpx2.Client, cameo: str, asked: dict[str, Any]
) -> None:
    service.clock.advance(days=366)
    assert not permitted(platform, asked)
    service.conclude(begin(platform, cameo)["id"], anew())
    assert permitted(platform, asked)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.NEEDS_REVIEW])
def test_a_renewal_that_is_not_verified_changes_nothing(
    service: RunningService,
    platform: httpx2.Client,
    cameo: str,
    asked: dict[str, Any],
    verdict: Verdict,
) -> None:
    before, kept = shown(platform, cameo), templates(service, cameo)
    renewal = begin(platform, cameo)
    service.conclude(renewal["id"], anew(verdict))
    assert shown(platform, cameo) == before
    assert templates(service, cameo) == kept
    assert permitted(platform, asked)
    service.clock.advance(days=366)
    assert not permitted(platform, asked)


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_reviewer_decides_on_a_renewal(
    service: RunningService, platform: httpx2.Client, cameo: str, decision: str
) -> None:
    before = shown(platform, cameo)
    renewal = begin(platform, cameo)["id"]
    service.conclude(renewal, anew(Verdict.NEEDS_REVIEW))
    assert [each.cameo_id for each in templates(service, renewal)] == [renewal] * 2
    response = platform.post(f"/v1/enrollments/{renewal}/review", json={"decision": decision})
    assert response.status_code == 200, response.text
    assert templates(service, renewal) == []
    after = shown(platform, cameo)
    if decision == "reject":
        assert after == before
        assert response.json()["status"] == "requires_input"
        return
    assert [each.model for each in templates(service, cameo)] == ["new-model", "voice-model"]
    assert after["assurance"] == "reduced"
    assert claims(after)["assurance"]["reviewed_by_person"]


def test_taking_a_renewal_back_leaves_the_cameo(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    before, kept = shown(platform, cameo), templates(service, cameo)
    renewal = begin(platform, cameo)["id"]
    service.conclude(renewal, anew(Verdict.NEEDS_REVIEW))
    assert platform.post(f"/v1/enrollments/{renewal}/cancel").json()["status"] == "canceled"
    assert (shown(platform, cameo), templates(service, cameo)) == (before, kept)
    assert templates(service, renewal) == []


def test_the_end_of_a_cameo_ends_its_renewals(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    waiting, late = begin(platform, cameo)["id"], begin(platform, cameo)["id"]
    service.conclude(waiting, anew(Verdict.NEEDS_REVIEW))
    assert platform.post(f"/v1/cameos/{cameo}/revoke").status_code == 200
    assert templates(service, waiting) == []
    for id in (waiting, late):
        assert platform.get(f"/v1/enrollments/{id}").json()["status"] == "canceled"
    review = platform.post(f"/v1/enrollments/{waiting}/review", json={"decision": "approve"})
    assert review.status_code == 409
    assert shown(platform, cameo)["status"] == "revoked"


def test_a_cameo_that_ended_while_the_verifier_ran_is_not_renewed(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    renewal = begin(platform, cameo)["id"]
    platform.post(f"/v1/cameos/{cameo}/suspend")
    service.conclude(renewal, anew())
    told = platform.get(f"/v1/enrollments/{renewal}").json()
    assert (told["status"], told["last_error"]["code"]) == ("canceled", "renewal_not_possible")
    assert shown(platform, cameo)["status"] == "suspended"
    assert [each.model for each in templates(service, cameo)] == ["face-model", "voice-model"]


@pytest.mark.parametrize("state", ["suspend", "revoke"])
def test_a_cameo_that_is_not_in_use_cannot_be_renewed(
    platform: httpx2.Client, cameo: str, refused: Refusal, state: str
) -> None:
    platform.post(f"/v1/cameos/{cameo}/{state}")
    body = {"principal": "user:ann", "renews": cameo}
    refused(platform.post("/v1/enrollments", json=body), 409, "cameo_not_renewable")


def test_nobody_renews_anothers_cameo(
    service: RunningService, platform: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    for principal, named in (("user:bob", cameo), ("user:ann", "cam_none")):
        body = {"principal": principal, "renews": named}
        refused(platform.post("/v1/enrollments", json=body), 404, "unknown")
    with service.client(service.key(acts_for=("user:bob",))) as other:
        body = {"principal": "user:ann", "renews": cameo}
        refused(other.post("/v1/enrollments", json=body), 403, "not_acting_for")


def test_without_the_word_renew_there_is_one_cameo(
    platform: httpx2.Client, cameo: str, refused: Refusal
) -> None:
    assert cameo
    problem = refused(
        platform.post("/v1/enrollments", json={"principal": "user:ann"}), 409, "already_enrolled"
    )
    assert "renew it" in problem["detail"]


def test_a_voice_that_is_not_proven_again_is_used_no_more(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    """Whoever cannot speak any more keeps the face, and what rests on the voice ends."""
    plain_grant(platform, cameo, terms={"facets": ["face", "voice"]})
    spoken = question(cameo)
    spoken["likenesses"][0]["facets"] = ["voice"]
    issued = permit(platform, spoken)
    service.conclude(begin(platform, cameo)["id"], replace(anew(), voice=None))
    after = shown(platform, cameo)
    assert after["enrolled"] == ["face"]
    assert [each["modality"] for each in claims(after)["templates"]] == ["face"]
    assert not permitted(platform, spoken)
    assert permitted(platform, question(cameo))
    found = platform.post("/v1/permits/introspect", json={"permit": issued["permit"]}).json()
    assert not found["active"]


def test_a_first_enrollment_without_a_voice_covers_the_face_only(
    service: RunningService, platform: httpx2.Client
) -> None:
    id = platform.post("/v1/enrollments", json={"principal": "user:cleo"}).json()["id"]
    service.conclude(id, replace(verification(Verdict.VERIFIED), voice=None))
    cameo = platform.get(f"/v1/enrollments/{id}").json()["cameo_id"]
    assert shown(platform, cameo)["enrolled"] == ["face"]
    mine = question(cameo, "user:cleo")
    assert permitted(platform, mine)
    mine["likenesses"][0]["facets"] = ["face", "voice"]
    assert not permitted(platform, mine)


@pytest.mark.parametrize(
    ("checks", "accommodations", "level"),
    [
        ({"digits": "pass", **SEEN}, [], "standard"),
        ({"digits": "pass", **SEEN, "passive": "pass"}, [], "high"),
        ({"digits": "pass", **SEEN, "passive": "pass"}, ["head_still"], "reduced"),
        # a pack without landmarks
        ({"digits": "pass"}, [], "reduced"),
        ({"digits": "pass", "passive": "pass"}, [], "reduced"),
        ({"digits": "pass", "depth": "pass", "blink": "pass", "passive": "pass"}, [], "reduced"),
    ],
)
def test_a_credential_says_how_well_it_is_founded(
    service: RunningService,
    platform: httpx2.Client,
    checks: dict[str, str],
    accommodations: list[str],
    level: str,
) -> None:
    id = platform.post("/v1/enrollments", json={"principal": "user:dan"}).json()["id"]
    with service.context.store.write() as tx:
        record = tx.enrollments.get(id)
        challenge = {**record.challenge, "accommodations": accommodations}
        tx.enrollments.save(replace(record, challenge=challenge))
    made = tuple(Check(name=name, outcome=Outcome(word)) for name, word in checks.items())
    report = Report(verdict=Verdict.VERIFIED, checks=made, pack="open")
    service.conclude(id, replace(verification(Verdict.VERIFIED), report=report))
    told = platform.get(f"/v1/enrollments/{id}").json()
    cameo = shown(platform, told["cameo_id"])
    assert cameo["assurance"] == told["assurance"] == level
    assert claims(cameo)["assurance"] == {
        "level": level,
        "pack": "open",
        "checks": [
            {"name": name, "outcome": word}
            for name, word in {**checks, "unique_face": "pass"}.items()
        ],
        "accommodations": accommodations,
        "reviewed_by_person": False,
    }


def test_no_level_is_told_before_the_verdict(platform: httpx2.Client, cameo: str) -> None:
    assert begin(platform, cameo)["assurance"] is None


def test_the_state_of_a_renewal_in_review(
    service: RunningService, platform: httpx2.Client, cameo: str
) -> None:
    renewal = begin(platform, cameo)["id"]
    service.conclude(renewal, anew(Verdict.NEEDS_REVIEW))
    with service.context.store.read() as tx:
        record = tx.enrollments.get(renewal)
    assert (record.state, record.cameo_id) == (EnrollmentState.NEEDS_REVIEW, None)


OWN = {"version": "7", "locale": "en", "text": "I agree to be measured in this recording."}


@pytest.mark.parametrize(
    ("word", "statement", "kept"),
    [
        ("built_in", {}, 1),
        ("built_in", {"version": "2026-11"}, 0),
        ("built_in", OWN, 0),
        ("always", OWN, 1),
        ("always", {"version": "2026-11"}, 0),
        ("never", {}, 0),
    ],
)
def test_samples_are_kept_where_the_person_agreed_to_it(
    service: RunningService,
    platform: httpx2.Client,
    word: str,
    statement: dict[str, str],
    kept: int,
) -> None:
    body = {"principal": "user:eve", "statement": statement}
    id = platform.post("/v1/enrollments", json=body).json()["id"]
    settings = service.context.settings.model_copy(update={"keep_samples": word})
    with service.context.store.write() as tx:
        record = tx.enrollments.get(id)
        processing = tx.enrollments.save(
            replace(
                record,
                state=EnrollmentState.PROCESSING,
                statement={**record.statement, "accepted_at": service.clock().isoformat()},
            )
        )
        context = replace(service.context, settings=settings)
        done = conclude(tx, context, processing, anew(), alike=())
        assert len(tx.templates.samples_of(str(done.cameo_id))) == kept
