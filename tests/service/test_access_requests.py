"""Asking for what was not permitted: who may, what comes of it, how it ends. Over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from cameo_service import housekeeping
from cameo_service.callers import Scope
from cameo_service.settings import Settings
from storage.records import AccessState
from tests.service.asking import approve, ask, decide, inbox, question, state, use
from tests.service.making import check, permit
from tests.service.running import Refusal, RunningService

BODY = {"Idempotency-Key": "k1"}


def test_the_whole_story_of_one_use(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    asked = question(cameo, purpose="satire")
    denied = check(platform, asked)
    assert denied["could_change"] == ["ask_owner"]
    made = ask(platform, asked, "for her birthday")
    assert (made["status"], made["likenesses"]) == (
        "pending",
        [{"cameo_id": cameo, "status": "pending"}],
    )
    assert made["request"]["purpose"] == "satire"

    (item,) = inbox(platform, "user:ann")
    assert (item["id"], item["requester"]) == (made["id"], "user:bob")
    assert item["message"] == "for her birthday"
    (wanted,) = item["asks"]
    assert (wanted["capacity"], wanted["cameo_id"], wanted["status"]) == ("owner", cameo, "pending")
    assert wanted["now"]["reason"]["code"] == "no_basis"
    assert wanted["once_approved"]["effect"] == "permit"

    answered = approve(platform, made["id"], note="she will like it")
    assert (answered["status"], answered["decided_by"]) == ("approved", "user:ann")
    assert answered["note"] == "she will like it"
    seen = platform.get(f"/v1/access-requests/{made['id']}").json()
    assert (seen["status"], seen["likenesses"][0]["status"]) == ("approved", "approved")
    assert "she will like it" not in str(seen)
    assert inbox(platform, "user:ann") == []

    allowed = check(platform, asked)
    assert allowed["permitted"]
    assert allowed["reasons"][0]["code"] == "approved_once"
    assert not check(platform, question(cameo, purpose="research"))["permitted"]
    assert not check(platform, question(cameo, "user:eve", purpose="satire"))["permitted"]
    use(platform, asked)
    assert not check(platform, asked)["permitted"]
    refused(platform.post("/v1/permits", json=asked), 403, "consent_denied")
    assert ask(platform, asked)["id"] != made["id"]


def test_a_permit_that_comes_to_nothing_gives_its_approval_back(
    service: RunningService, platform: httpx2.Client
) -> None:
    asked = question(service.enroll("user:ann"))
    approve(platform, ask(platform, asked)["id"])
    permit(platform, asked)
    assert not check(platform, asked)["permitted"]
    service.clock.advance(seconds=121)
    assert check(platform, asked)["permitted"]


def test_what_is_permitted_needs_no_asking(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    own = {"request": question(cameo, "user:ann")}
    refused(platform.post("/v1/access-requests", json=own), 409, "already_permitted")


@pytest.mark.parametrize("why", ["unknown", "ended", "malformed", "undeclared", "one_of_two"])
def test_what_asking_cannot_change_is_refused_with_the_decision(
    service: RunningService, platform: httpx2.Client, refused: Refusal, why: str
) -> None:
    cameo = service.enroll("user:ann")
    asked = question(cameo)
    expected = "unavailable"
    if why == "unknown":
        asked = question("cam_nothing")
    elif why == "ended":
        platform.post(f"/v1/cameos/{cameo}/revoke")
    elif why == "malformed":
        asked, expected = question(cameo, purpose="nonsense"), "request_malformed"
    elif why == "undeclared":
        rule = {"id": "r1", "effect": "deny", "when": {"categories": ["politics"]}}
        policy = {"audience": {}, "restrictions": [rule]}
        assert platform.put(f"/v1/cameos/{cameo}/policy", json=policy).status_code == 200
        expected = "context_undeclared"
    else:
        asked["likenesses"].append({"cameo_id": "cam_nothing", "facets": ["face"]})
    problem = refused(
        platform.post("/v1/access-requests", json={"request": asked}), 422, "asking_in_vain"
    )
    assert expected in {reason["code"] for reason in problem["decision"]["reasons"]}
    assert inbox(platform, "user:ann") == []


def test_the_same_question_waits_once(service: RunningService, platform: httpx2.Client) -> None:
    cameo = service.enroll("user:ann")
    made = ask(platform, question(cameo, categories=["politics", "violence"]))
    again = platform.post(
        "/v1/access-requests",
        json={"request": question(cameo, categories=["violence", "politics"]), "message": "please"},
    )
    assert (again.status_code, again.json()) == (200, made)
    assert ask(platform, question(cameo, "user:eve"))["id"] != made["id"]
    assert ask(platform, question(cameo))["id"] != made["id"]


def test_the_same_question_at_the_same_time_waits_once(service: RunningService) -> None:
    cameo, key = service.enroll("user:ann"), service.key()

    def post() -> httpx2.Response:
        with service.client(key) as caller:
            return caller.post("/v1/access-requests", json={"request": question(cameo)})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: post(), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_repeat_under_the_same_key_is_shown_as_it_is_now(
    service: RunningService, platform: httpx2.Client
) -> None:
    body = {"request": question(service.enroll("user:ann"))}
    first = platform.post("/v1/access-requests", json=body, headers=BODY)
    decide(platform, first.json()["id"], "deny")
    again = platform.post("/v1/access-requests", json=body, headers=BODY)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (first.json()["status"], again.json()["status"]) == ("pending", "denied")


def test_a_denied_request_stays_denied(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = question(service.enroll("user:ann"))
    made = ask(platform, asked)["id"]
    denied = decide(platform, made, "deny", note="no")
    assert (denied.status_code, denied.json()["status"]) == (200, "denied")
    assert state(platform, made) == "denied"
    for verb in ("approve", "deny"):
        refused(decide(platform, made, verb), 409, "access_request_closed")
    refused(platform.post(f"/v1/access-requests/{made}/withdraw"), 409, "access_request_closed")
    assert not check(platform, asked)["permitted"]
    (item,) = inbox(platform, "user:ann", pending=False)
    assert (item["status"], item["asks"][0]["note"]) == ("denied", "no")
    assert item["asks"][0]["now"] is None


def test_a_withdrawn_request_asks_nobody(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = question(service.enroll("user:ann"))
    made = ask(platform, asked)["id"]
    for _ in range(2):
        withdrawn = platform.post(f"/v1/access-requests/{made}/withdraw")
        assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert inbox(platform, "user:ann") == []
    refused(decide(platform, made, "approve"), 409, "access_request_closed")
    assert ask(platform, asked)["id"] != made


@pytest.mark.parametrize("swept", [False, True])
def test_what_is_overdue_has_expired_swept_or_not(
    service: RunningService, platform: httpx2.Client, refused: Refusal, *, swept: bool
) -> None:
    asked = question(service.enroll("user:ann"))
    made = ask(platform, asked)["id"]
    service.clock.advance(days=14, seconds=-1)
    assert state(platform, made) == "pending"
    service.clock.advance(seconds=1)
    if swept:
        housekeeping.sweep(service.context)
    with service.context.store.read() as tx:
        stored = tx.access_requests.get(made).state
    assert stored is (AccessState.EXPIRED if swept else AccessState.PENDING)
    assert state(platform, made) == "expired"
    assert inbox(platform, "user:ann") == []
    for verb in ("approve", "deny"):
        refused(decide(platform, made, verb), 409, "access_request_closed")
    refused(platform.post(f"/v1/access-requests/{made}/withdraw"), 409, "access_request_closed")
    assert ask(platform, asked)["id"] != made
    listed = platform.get("/v1/access-requests", params={"requester": "user:bob"}).json()["data"]
    assert {one["id"]: one["status"] for one in listed}[made] == "expired"


class TestFew:
    """A requester may have only so many questions open."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"access_requests_pending": 2})

    def test_so_many_wait_and_no_more(
        self, service: RunningService, platform: httpx2.Client, refused: Refusal
    ) -> None:
        cameo = service.enroll("user:ann")
        asked = [question(cameo, purpose=each) for each in ("satire", "research", "news")]
        first, _ = (ask(platform, each)["id"] for each in asked[:2])
        more = {"request": asked[2]}
        refused(platform.post("/v1/access-requests", json=more), 429, "too_many_access_requests")
        again = platform.post("/v1/access-requests", json={"request": asked[0]})
        assert (again.status_code, again.json()["id"]) == (200, first)
        assert ask(platform, question(cameo, "user:eve"))["status"] == "pending"
        platform.post(f"/v1/access-requests/{first}/withdraw")
        assert ask(platform, asked[2])["status"] == "pending"
        service.clock.advance(days=14)
        assert ask(platform, asked[0])["status"] == "pending"


def test_a_requester_sees_their_own_requests_in_pages(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo = service.enroll("user:ann")
    made = {ask(platform, question(cameo, purpose=each))["id"] for each in ("satire", "news")}
    ask(platform, question(cameo, "user:eve"))
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        query = {"requester": "user:bob", "limit": "1", **after}
        page = platform.get("/v1/access-requests", params=query).json()
        seen += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        after = {"after": page["next_cursor"]}
    assert sorted(made) == seen
    for query in ({}, {"requester": "everybody"}, {"asked": "user:ann"}):
        refused(platform.get("/v1/access-requests", params=query), 422, "invalid_request")
    for query in ({}, {"asked": "everybody"}, {"requester": "user:bob"}):
        refused(platform.get("/v1/access-requests/inbox", params=query), 422, "invalid_request")


def test_nobody_asks_or_reads_in_anothers_name(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    asked = question(service.enroll("user:ann"))
    made = ask(platform, asked)["id"]
    with service.client(service.key(acts_for=("user:zoe",))) as other:
        response = other.post("/v1/access-requests", json={"request": asked})
        refused(response, 403, "not_acting_for")
        for path in ("?requester=user:bob", "/inbox?asked=user:ann"):
            refused(other.get(f"/v1/access-requests{path}"), 403, "not_acting_for")
        refused(other.get(f"/v1/access-requests/{made}"), 404, "unknown")
        refused(other.post(f"/v1/access-requests/{made}/withdraw"), 404, "unknown")
        for verb in ("approve", "deny"):
            refused(decide(other, made, verb), 404, "unknown")
    with service.client(service.key(acts_for=("user:bob",))) as asker:
        refused(decide(asker, made, "approve"), 404, "unknown")
    assert state(platform, made) == "pending"


def test_the_two_sides_of_a_list_need_their_own_scopes(
    service: RunningService, refused: Refusal
) -> None:
    asking, deciding = ("?requester=user:bob", "/inbox?asked=user:ann")
    for scope, mine, others in (
        (Scope.ACCESS_REQUEST, asking, deciding),
        (Scope.ACCESS_DECIDE, deciding, asking),
    ):
        with service.client(service.key(scope)) as caller:
            assert caller.get(f"/v1/access-requests{mine}").status_code == 200
            refused(caller.get(f"/v1/access-requests{others}"), 403, "missing_scope")
