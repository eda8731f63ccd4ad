"""Alice's challenges are drawn: one that her voice fails is no end of the story."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cameo_service.cli.demo import story
from cameo_service.cli.demo.narration import JsonNarrator
from cameo_service.cli.demo.scene import Scene
from cameo_service.cli.failures import CliError
from cameo_service.client import CameoClient, Enrollment, StartedEnrollment
from tests.service.conftest import clock, context, service, settings
from tests.service.running import RunningService, verification
from verification.report import Verdict

__all__ = ["clock", "context", "service", "settings"]


def scene_of(service: RunningService, platform: CameoClient, folder: Path) -> Scene:
    return Scene(
        platform=platform,
        generator=platform,
        issuer=service.context.settings.issuer,
        narrator=JsonNarrator(),
        recordings=folder,
        run="abc123",
        attack="replay",
    )


@pytest.mark.parametrize("unclear", [[Verdict.REJECTED], [Verdict.NEEDS_REVIEW, Verdict.REJECTED]])
def test_alice_tries_again_with_another_challenge(
    service: RunningService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    unclear: list[Verdict],
) -> None:
    service.clock.now = datetime.now(UTC)
    with CameoClient(service.url, key=service.key(), timeout_s=60) as platform:
        to_come = iter([*unclear, Verdict.VERIFIED])
        ids = give_verdicts(monkeypatch, service, lambda: next(to_come))
        cameo = story._alice_enrolls(scene_of(service, platform, tmp_path))
        ended = [platform.get_enrollment(id) for id in ids]
    assert [each.status for each in ended] == [*["canceled"] * len(unclear), "verified"]
    assert ended[-1].cameo_id == cameo.id
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [*["enrollment", "again"] * len(unclear), "enrollment", "credential"]
    assert [step["name"] for step in steps] == told
    challenges = [str(step["facts"].get("challenge")) for step in steps[0:-1:2]]
    assert len(set(challenges)) == len(unclear) + 1


def test_three_tries_are_all(
    service: RunningService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CameoClient(service.url, key=service.key(), timeout_s=60) as platform:
        ids = give_verdicts(monkeypatch, service, lambda: Verdict.REJECTED)
        with pytest.raises(CliError, match="Alice is `requires_input`, not `verified`"):
            story._alice_enrolls(scene_of(service, platform, tmp_path))
    assert len(ids) == 3


def give_verdicts(
    monkeypatch: pytest.MonkeyPatch, service: RunningService, verdict: Callable[[], Verdict]
) -> list[str]:
    """In place of recordings and models; returns the enrollments, as they come."""
    ids: list[str] = []

    def decided(
        scene: Scene, started: StartedEnrollment, *, attack: str | None
    ) -> tuple[Enrollment, Mapping[str, Any]]:
        assert attack is None
        ids.append(started.id)
        service.conclude(started.id, verification(verdict()))
        found = scene.platform.get_enrollment(started.id)
        return found, scene.platform.get_report(started.id) or {}

    monkeypatch.setattr(story, "_record_and_wait", decided)
    return ids
