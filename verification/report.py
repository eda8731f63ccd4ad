"""The verifier's result: every check by name, with its outcome.

Outcomes, codes and reasons may be shown to the person; `score` and `threshold` are for operators
only and never leave the service.

What the checks see, and what they do not. Of the studio's attacks (`verification.studio`), these
are rejected, each for what it is: `flat_photo`, `still_screen` and `replay` (the turns are not
those that were asked; a replay of a session with the very same challenge would pass),
`wrong_order`, `person_swap`, `two_faces`, `no_face`, `wrong_digits`, `other_voice` (where the
voice changes near the middle of the digits), `no_sound`, `no_audio_track`, `frozen_frame` and
`looped_clip`.

Left for the checks that are still to come:

* `dubbed_shift`: sound that comes 0.6 s late is within what a slow speaker takes, so that it is
  rejected only where words run into the next window. Lips and sound are not compared yet.
* a voice that is not the person's own but the same from the first digit to the last;
* a puppet or a face swap computed in real time, below the camera: no software check rules it out.

    >>> check = Check(name="one_face", outcome=Outcome.FAIL, code="no_face")
    >>> verdict_of((check,))
    <Verdict.REJECTED: 'rejected'>
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from verification.faces.contracts import FaceTemplate
from verification.voices.contracts import VoiceTemplate


class Outcome(StrEnum):
    """The result of one check."""

    PASS = "pass"  # noqa: S105 (an outcome, not a password)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Verdict(StrEnum):
    """The result of the whole."""

    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One named check.

    `code` says what went wrong, stable and in snake case, and is None exactly on a pass.
    `score` and `threshold` share the unit that the check documents.
    """

    name: str
    outcome: Outcome
    code: str | None = None
    score: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every check that ran, in order, and the verdict over them."""

    verdict: Verdict
    checks: tuple[Check, ...]
    pack: str

    @property
    def failure(self) -> Check | None:
        """The first check that failed, or else the first inconclusive one."""
        for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
            for check in self.checks:
                if check.outcome is outcome:
                    return check
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The report, and the templates when the verdict is not a rejection."""

    report: Report
    face: FaceTemplate | None
    voice: VoiceTemplate | None


def verdict_of(checks: tuple[Check, ...]) -> Verdict:
    """The written rule: any failure rejects, any doubt is for a person, no checks is no proof."""
    outcomes = {check.outcome for check in checks}
    if not outcomes or Outcome.FAIL in outcomes:
        return Verdict.REJECTED
    if Outcome.INCONCLUSIVE in outcomes:
        return Verdict.NEEDS_REVIEW
    return Verdict.VERIFIED


def report_document(report: Report) -> dict[str, Any]:
    """The whole report as JSON data, scores and thresholds included: for operators only."""
    return {
        "verdict": report.verdict.value,
        "pack": report.pack,
        "checks": [asdict(check) for check in report.checks],
    }
