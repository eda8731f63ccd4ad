"""Who may answer which ask: whom it is for, or who represents the owner in just this.

speaker = who_answers(tx, caller, ask, judgement, acting_as=None)
if speaker is None:
    ...  # for this caller the ask does not exist
"""

from cameo_service.access.asks import Ask
from cameo_service.access.judging import Judgement
from cameo_service.callers import Caller, Scope
from permissions.authority import find_authority
from permissions.decision import Approver
from permissions.vocabulary import DEPLOYMENT, Principal
from storage.contracts import Transaction


def who_answers(
    tx: Transaction, caller: Caller, ask: Ask, judgement: Judgement, *, acting_as: str | None
) -> Principal | None:
    """In whose name `caller` may answer `ask`, or None where the ask is none of its business.

    Who blocked the requester is not bothered with what they want.
    """
    if ask.of is Approver.DEPLOYMENT:
        return DEPLOYMENT if Scope.DEPLOYMENT_WRITE in caller.scopes else None
    speaker = Principal(ask.principal if acting_as is None else acting_as)
    if not caller.acts_for_principal(speaker):
        return None
    if judgement.request.requester in tx.blocks.all_of(ask.principal):
        return None
    if speaker == ask.principal or _represents(speaker, ask, judgement):
        return speaker
    return None


def _represents(speaker: Principal, ask: Ask, judgement: Judgement) -> bool:
    """Whether `speaker` has a mandate for this use of the cameo of the one who is asked."""
    cameo = judgement.facts.cameos.get(ask.cameo_id)
    question = judgement.question_to(ask.cameo_id)
    if cameo is None or question is None or cameo.owner != ask.principal:
        return False
    return find_authority(speaker, cameo, question) is not None
