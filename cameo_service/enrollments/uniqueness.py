"""One face, one person: who else is known to have the face that is being enrolled.

    alike = others_alike(tx, context, record, verification, within=0.05)
    judged = with_uniqueness(verification, alike)

    >>> from verification.report import Report
    >>> report = Report(verdict=Verdict.VERIFIED, checks=(), pack="open")
    >>> judged = with_uniqueness(Verification(report=report, face=None, voice=None), ())
    >>> judged.report.verdict, judged.report.checks[0].outcome
    (<Verdict.VERIFIED: 'verified'>, <Outcome.PASS: 'pass'>)

Twins look alike, so a match rejects nobody: a person looks at it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cameo_service.context import Context
from cameo_service.notices.telling import NoticeKind, tell
from cameo_service.recognition.beside import Probe
from cameo_service.recognition.knowing import Known, who_is
from storage.contracts import Transaction
from storage.records import EnrollmentRecord
from verification.report import Check, Outcome, Verdict, Verification
from verification.verdict import RULES

NAME = "unique_face"
CODE = "face_known"


def others_alike(
    tx: Transaction,
    context: Context,
    record: EnrollmentRecord,
    verification: Verification,
    *,
    within: float,
    beside: Sequence[Probe] = (),
) -> tuple[Known, ...]:
    """Everybody but the enrolling principal with this face; nobody for a rejection.

    `beside` is the face as the models see it that others were enrolled by. Raises
    `FaceIndexUnavailable`, and then there is no verdict yet.
    """
    if verification.report.verdict is Verdict.REJECTED or verification.face is None:
        return ()
    found: dict[str, Known] = {}
    for probe in (Probe(verification.face, within), *beside):
        for each in who_is(tx, context, probe.face, within=probe.within):
            found.setdefault(each.id, each)
    return tuple(each for each in found.values() if each.principal != record.principal)


def with_uniqueness(verification: Verification, alike: Sequence[Known]) -> Verification:
    """The verification with this check added, and held for a person where somebody is alike."""
    report = verification.report
    if report.verdict is Verdict.REJECTED:
        return verification
    check = Check(
        name=NAME,
        outcome=Outcome.INCONCLUSIVE if alike else Outcome.PASS,
        code=CODE if alike else None,
        evidence={"similarities": [each.similarity for each in alike]},
    )
    verdict = RULES[NAME].doubt if alike else report.verdict
    changed = replace(report, verdict=verdict, checks=(*report.checks, check))
    return replace(verification, report=changed)


def alike_document(alike: Sequence[Known]) -> list[dict[str, Any]]:
    """Whom a reviewer is shown, with the report. It is not told to anybody else."""
    return [
        {
            "kind": "cameo" if each.cameo is not None else "protected_face",
            "id": each.id,
            "principal": each.principal,
            "label": each.protected.label if each.protected is not None else None,
            "similarity": each.similarity,
        }
        for each in alike
    ]


def tell_those_alike(tx: Transaction, context: Context, alike: Sequence[Known]) -> None:
    """Tell everybody whose face it seems to be; of who enrolls they learn nothing.

    Who waits for a review with that face learns nothing either.
    """
    for each in alike:
        if each.principal is not None and not each.waits:
            tell(tx, context, each.principal, NoticeKind.FACE_MATCHED, each.named)
