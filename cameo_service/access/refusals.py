"""Why a use case of access requests refuses.

>>> AlreadyPermitted("the answer is yes").code
'already_permitted'
"""

from cameo_service.errors import ServiceError, WrongState
from permissions.decision import Decision


class AlreadyPermitted(WrongState):
    """The decision is yes: nobody needs to be asked."""

    code = "already_permitted"


class AskingInVain(ServiceError):
    """The decision is a no that nobody who could be asked can change.

    `decision` is what the requester may read.
    """

    code = "asking_in_vain"

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__("; ".join(reason.message for reason in decision.reasons))


class TooManyAccessRequests(ServiceError):
    """So many requests of the requester wait for an answer that another one has to wait, too."""

    code = "too_many_access_requests"


class RequestClosed(WrongState):
    """The access request was decided, withdrawn, or has expired."""

    code = "access_request_closed"


class AlreadyDecided(WrongState):
    """Who is asked has answered before."""

    code = "already_decided"


class QuestionChanged(WrongState):
    """What was asked for is not what is there any more: a draft with other assets, for one."""

    code = "question_changed"
