"""The verifier's result: every check by name, with its outcome.

Outcomes, codes and reasons may be shown to the person; `score` and `threshold` are for operators
only and never leave the service.

    >>> check = Check(name="one_face", outcome=Outcome.FAIL, code="no_face")
    >>> Report(verdict=Verdict.REJECTED, checks=(check,), pack="open").failure == check
    True
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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
    `score` and `threshold` share the unit that the check documents. `evidence` has the measures
    that led there by name: for operators, as JSON data.
    """

    name: str
    outcome: Outcome
    code: str | None = None
    score: float | None = None
    threshold: float | None = None
    evidence: Mapping[str, float | list[float]] = field(default_factory=dict)


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
class Sample:
    """What templates of another model can be made of: see `verification.sampling`.

    `modality` is `face` (a still around the face) or `voice` (what was said).
    """

    modality: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The report, and the templates when the verdict is not a rejection.

    Without digits in the challenge nobody was heard, and `voice` is None then too.
    """

    report: Report
    face: FaceTemplate | None
    voice: VoiceTemplate | None
    samples: tuple[Sample, ...] = ()


def report_document(report: Report) -> dict[str, Any]:
    """The whole report as JSON data, scores and thresholds included: for operators only."""
    return {
        "verdict": report.verdict.value,
        "pack": report.pack,
        "checks": [asdict(check) for check in report.checks],
    }
