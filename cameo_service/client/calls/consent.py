"""The question.

>>> from cameo_service.client.forms.questions import Likeness
>>> likeness = Likeness(cameo_id="cam_1", facets=("face",))
>>> request = ConsentRequest(requester="user:bob", action="tag", likenesses=(likeness,))
>>> check(request).path
'/v1/consent/check'
"""

from cameo_service.client.calls.call import Call, post, reads
from cameo_service.client.forms.questions import ConsentRequest
from cameo_service.client.results.decisions import Decision


def check(request: ConsentRequest, *, explain: bool = False) -> Call[Decision]:
    """May this requester do this, here and now? Changes nothing. Raises, or tells the answer.

    With `explain` the decision has an `explanation`, as far as it is the caller's to read.
    """
    body = {**request.body(), "explain": True} if explain else request.body()
    return post("/v1/consent/check", body=body, read=reads(Decision), repeatable=True)
