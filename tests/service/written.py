"""Words about a cameo and its owner, one text in every place where somebody may write.

texts = write_about(context, "cam_…", owner="user:ann")     # by place
"""

from datetime import timedelta

from cameo_service.context import Context
from cameo_service.notices.telling import NoticeKind, tell
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.records import Document, ProtectedState
from tests.service.erasing import DIGITS
from tests.storage import samples

PLACES = (
    *("message of a request", "note of an answer", "reason of a revocation"),
    *("reason of a recall", "evidence of a mandate", "reason of its end"),
    *("label of a face", "reason of a protection", "reason of a standing", "policy", "notice"),
)


def write_about(context: Context, cameo: str, *, owner: str) -> dict[str, str]:
    """Write a text of its own at each of `PLACES`, and return them by place."""
    texts = {place: f"{place} {DIGITS.randbytes(12).hex()}" for place in PLACES}
    with context.store.write() as tx:
        _write_agreements(tx, context, cameo, texts)
        _write_about_person(tx, owner, texts)
        tx.policies.append(
            samples.policy(cameo_id=cameo, version=2, document={"words": texts["policy"]})
        )
        body = {"cameo_id": cameo, "requester": texts["notice"]}
        tell(tx, context, owner, NoticeKind.SCAN_DENIED, body)
    return texts


def _write_agreements(tx: Transaction, context: Context, cameo: str, texts: dict[str, str]) -> None:
    now = context.clock()
    ask = {"cameo_id": cameo, "principal": "user:ann", "note": texts["note of an answer"]}
    tx.access_requests.add(
        samples.access_request(
            id="acr_words",
            message=texts["message of a request"],
            asks=(ask,),
            expires_at=now + timedelta(days=9),
        )
    )
    tx.grants.add(
        samples.grant(
            id="gra_words",
            cameo_id=cameo,
            revoked_at=now,
            revocation_reason=texts["reason of a revocation"],
        )
    )
    tx.uses.add(
        samples.use(
            id="use_words",
            rests_on=(f"cameo:{cameo}",),
            recall_document=_recall(cameo, texts["reason of a recall"]),
        )
    )


def _recall(cameo: str, reason: str) -> Document:
    said = {"ask": "take_down", "cause": "owner_asked", "since": "2026-11-22T12:00:00+00:00"}
    return {**said, "key": f"cameo:{cameo}", "reason": reason}


def _write_about_person(tx: Transaction, owner: str, texts: dict[str, str]) -> None:
    tx.mandates.add(
        samples.mandate(
            id="man_words",
            represented=owner,
            evidence=texts["evidence of a mandate"],
            revocation_reason=texts["reason of its end"],
        )
    )
    tx.protected_faces.add(
        samples.protected_face(
            id="pro_words",
            principal=owner,
            state=ProtectedState.REMOVED,
            stills=(),
            label=texts["label of a face"],
            reason=texts["reason of a protection"],
        )
    )
    tx.principals.add(
        samples.principal(
            id=owner,
            standing=Standing.ACTIVE,
            standing_reason=texts["reason of a standing"],
            age_band=None,
            birth_date=None,
            vouched_until=None,
            deceased_at=None,
        )
    )
