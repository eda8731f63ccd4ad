"""The story: Alice enrolls, lets Bob make a film, and takes it back; what each is told, and why.

    tell(scene)

Every answer is asserted. Nothing is simulated but the people: the recordings are the studio's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cameo_service.cli.demo.character import fans_play_with_zed
from cameo_service.cli.demo.licence import (
    alice_grants,
    alice_revokes,
    bob_publishes,
    bobs_request,
    studio_asks,
    verified,
)
from cameo_service.cli.demo.scene import Scene, expect, this_moment
from cameo_service.client import (
    Cameo,
    ConsentDenied,
    Enrollment,
    IssuedPermit,
    StartedEnrollment,
    TokenError,
    verify_credential,
)

VERDICT_WITHIN_S = 240.0
STUDIO_SIZE = (640, 480)
FURTHER_TRIES = 2
"""Of 240 sessions of the studio's voice two were left to a reviewer and one was rejected."""


def tell(scene: Scene) -> None:
    """Play all acts."""
    if scene.earlier:
        _earlier_ones_leave(scene)
    scene.narrator.act("Alice enrolls")
    cameo = _alice_enrolls(scene)
    scene.narrator.act("Mallory tries to enroll with a forged recording")
    _mallory_fails(scene)
    scene.narrator.act("Alice lets Bob make one film, and never politics")
    grant = alice_grants(scene, cameo)
    permit, jwks = studio_asks(scene, cameo)
    scene.narrator.act("Eve was granted nothing")
    _eve_is_denied(scene, cameo, permit, jwks)
    scene.narrator.act("Bob's film is made and published")
    bob_publishes(scene, cameo, permit)
    scene.narrator.act("Alice takes it back")
    alice_revokes(scene, cameo, grant)
    scene.narrator.act("A character has an owner, too")
    fans_play_with_zed(scene)


def _earlier_ones_leave(scene: Scene) -> None:
    """Or Alice would be known already, and wait for a review."""
    with scene.narrator.step("earlier", "Who enrolled in an earlier run deletes the cameo") as step:
        ended = [scene.platform.revoke_cameo(id) for id in scene.earlier]
        step.tell(f"{len(ended)} deleted", cameos=[cameo.id for cameo in ended])


def _alice_enrolls(scene: Scene) -> Cameo:
    enrollment, report = _alice_records(scene)
    for _ in range(FURTHER_TRIES):
        if enrollment.status == "verified":
            break
        with scene.narrator.step("again", "Alice tries again, with another challenge") as step:
            canceled = scene.platform.cancel_enrollment(enrollment.id)
            step.tell(f"{canceled.id} is {canceled.status}", id=canceled.id)
        enrollment, report = _alice_records(scene)
    expect(enrollment.status == "verified", f"Alice is `{enrollment.status}`, not `verified`")
    expect(enrollment.cameo_id is not None, "a verified enrollment has a cameo")
    expect(report["verdict"] == "verified", f"the report says `{report['verdict']}`")
    with scene.narrator.step("credential", "Her identity credential verifies offline") as step:
        cameo = scene.platform.get_cameo(str(enrollment.cameo_id))
        credential = verify_credential(
            str(cameo.credential), scene.platform.jwks(), issuer=scene.issuer, now=this_moment()
        )
        expect(credential.cameo_id == cameo.id, "the credential is for another cameo")
        step.tell(
            f"{cameo.id}, valid until {credential.expires_at:%Y-%m-%d}, nobody may use it yet",
            cameo=cameo.id,
        )
    return cameo


def _alice_records(scene: Scene) -> tuple[Enrollment, Mapping[str, Any]]:
    with scene.narrator.step("enrollment", "The platform opens an enrollment") as step:
        started = scene.platform.start_enrollment(scene.user("alice"))
        step.tell(_prompts(started.challenge), id=started.id, challenge=started.challenge)
    return _record_and_wait(scene, started, attack=None)


def _mallory_fails(scene: Scene) -> None:
    with scene.narrator.step("attack", "Mallory opens an enrollment") as step:
        started = scene.platform.start_enrollment(scene.user("mallory"))
        step.tell(_prompts(started.challenge), id=started.id, challenge=started.challenge)
    enrollment, report = _record_and_wait(scene, started, attack=scene.attack)
    error = enrollment.last_error
    expect(
        enrollment.status == "requires_input" and error is not None,
        f"the attack `{scene.attack}` is `{enrollment.status}`, not rejected",
    )
    expect(report["verdict"] == "rejected", f"the report says `{report['verdict']}`")
    expect(enrollment.cameo_id is None, "an attack has a cameo")
    with scene.narrator.step("rejection", "Mallory is told why, and never a score") as step:
        code, reason = (error.code, error.reason) if error else ("", "")
        expect(code not in {"", "processing_failed"}, "the verifier failed, not the attack")
        step.tell(f"{code}: {reason}", code=code, attempt=enrollment.attempt)


def _record_and_wait(
    scene: Scene, started: StartedEnrollment, *, attack: str | None
) -> tuple[Enrollment, Mapping[str, Any]]:
    """Record what the challenge asks, or an attack; upload; wait for the verdict and the report."""
    opened = scene.platform.open_enrollment(started.id, started.client_secret)
    path = scene.recordings / f"{started.id}.webm"
    with scene.narrator.step("recording", _recording_title(attack)) as step:
        length = _shoot(started.challenge, path, attack=attack, seed=int(scene.run, 16))
        size = path.stat().st_size
        step.tell(f"{length:.1f} s, {size / 1e6:.1f} MB", attack=attack, bytes=size)
    with scene.narrator.step("verdict", "Upload; the worker verifies") as step:
        token = opened.session_token
        scene.platform.upload_recording(started.id, path, session_token=token)
        enrollment = scene.platform.wait_for_verdict(
            started.id, session_token=token, timeout_s=VERDICT_WITHIN_S
        )
        report = scene.platform.get_report(started.id)
        expect(report is not None, "there is no report on the recording")
        step.report = report
        step.tell(f"status: {enrollment.status}", status=enrollment.status)
    return enrollment, report or {}


def _recording_title(attack: str | None) -> str:
    if attack is None:
        return "The studio records what the challenge asks"
    return f"The studio makes the attack `{attack}`"


def _shoot(
    challenge: Mapping[str, Any] | None, path: Path, *, attack: str | None, seed: int
) -> float:
    """Write the recording; return the challenge's length in seconds."""
    from verification.challenge import from_document
    from verification.studio.recording import record
    from verification.studio.take import Take

    asked = from_document(challenge)
    record(asked, path, take=Take(size=STUDIO_SIZE, attack=attack), seed=seed)
    return asked.duration_ms / 1000


def _eve_is_denied(
    scene: Scene, cameo: Cameo, permit: IssuedPermit, jwks: Mapping[str, Any]
) -> None:
    request = bobs_request(scene, cameo, who="eve")
    with scene.narrator.step("outsider", "The studio asks for Eve") as step:
        decision = scene.generator.check(request)
        expect(not decision.permitted, "Eve may generate")
        reason, change = decision.reasons[0], decision.parties[0].could_change
        told = f"no: {reason.message} ({reason.code}); what could change it: {change}"
        step.tell(told, code=reason.code)
    with scene.narrator.step("no_permit", "No permit is issued for her") as step:
        try:
            scene.generator.issue_permit(request)
        except ConsentDenied as denied:
            step.tell(f"{denied.status} {denied.code}", code=denied.code)
        else:
            expect(False, "Eve got a permit")  # noqa: FBT003 (an assertion)
    with scene.narrator.step("borrowed", "Bob's permit does not fit her request") as step:
        try:
            verified(permit, jwks, request, scene)
        except TokenError as refused:
            expect(refused.code == "request_mismatch", f"refused for `{refused.code}`")
            step.tell(str(refused), code=refused.code)
        else:
            expect(False, "Bob's permit fits Eve's request")  # noqa: FBT003 (an assertion)


def _prompts(challenge: Mapping[str, Any] | None) -> str:
    """The challenge in words."""
    steps = (challenge or {}).get("steps", [])
    return ", ".join(_asked(step) for step in steps)


def _asked(step: Mapping[str, Any]) -> str:
    match step["kind"]:
        case "turn":
            return f"turn {step['direction']}"
        case "digit":
            return f"say {step['digit']}"
        case other:
            return str(other)
