"""Every code that a check can emit tells a person what happened and what to do."""

import ast
import re
from pathlib import Path

import pytest

from verification.remedies import REMEDIES, remedy_for

PACKAGE = Path(__file__).parents[2] / "verification"
EMITTERS = [
    PACKAGE / "quality.py",
    PACKAGE / "portrait.py",
    PACKAGE / "media.py",
    PACKAGE / "cage.py",
]
EMITTERS += sorted((PACKAGE / "liveness").glob("*.py"))
NOT_CODES = {
    "eye_distance", "eye_detail", "mouth_detail", "eyes_visible", "mouth_visible",
    "one_face", "same_person", "face_size", "picture_goes_on", "sound_present", "one_voice",
    "head_still", "face_as_before", "voice_as_before",
    "media_integrity", "sound_quality", "frames_per_s", "jitter_ms", "longest_step_s",
    "longest_held_s", "largest_jump", "largest_resumption", "sound_rate", "sound_channels",
    "sound_from_s", "sound_gaps_s", "signal_to_noise_db", "highest_hz", "by_lag", "best_lag_s",
    "protocol_whitelist", "codec_whitelist", "max_pixels", "max_streams", "enable_drefs",
    "pcm_s16le", "pcm_f32le",
}  # fmt: skip
OF_CALLERS = {
    "already_enrolled",
    "face_known",
    "needs_review",
    "not_verified",
    "processing_failed",
    "rejected_by_reviewer",
    "renewal_not_possible",
}


def literals(module: Path) -> set[str]:
    """Every snake-case string of a module that is not a check's name or an option's."""
    found = {
        node.value
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in found if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text)} - NOT_CODES


CODES = sorted(set().union(*map(literals, EMITTERS)))


def test_the_search_finds_codes() -> None:
    assert {"media_empty", "turns_not_followed", "too_dark", "digit_missing"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_remedy(code: str) -> None:
    assert code in REMEDIES


def test_no_remedy_is_for_nothing() -> None:
    assert set(REMEDIES) - set(CODES) == OF_CALLERS


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_remedies_are_two_short_sentences(code: str) -> None:
    remedy = REMEDIES[code]
    for sentence in (remedy.happened, remedy.advice):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert len(str(remedy)) < 160


def test_an_unknown_code_still_gets_an_answer() -> None:
    assert remedy_for("from_the_future") == remedy_for("not_verified")
