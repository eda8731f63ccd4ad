"""Every consent event is in the log, once, in the transaction that makes it so."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from cameo_service.callers import Caller, Scope
from cameo_service.cameos.suspension import suspend
from cameo_service.errors import Invalid
from cameo_service.events import Event
from cameo_service.people.blocks import block
from storage.contracts import Transaction
from storage.log.entries import kind_of
from storage.records import LogOpeningRecord
from tests.service import asking
from tests.service.characters import register, settle, sheet
from tests.service.making import draft, grant, permit, plain_grant, question
from tests.service.running import RunningService, verification
from tests.service.test_isolation import MANDATE, RULES
from verification.report import Verdict

ELSEWHERE = {
    # each with what it is an event of: receipts, packages, erasure, keys and what they signed
    Event.USE_REPORTED,
    Event.USE_PUBLISHED,
    Event.PACKAGE_DISCLOSED,
    Event.CAMEO_ERASED,
    Event.ERASURE_CONFIRMED,
    Event.KEY_CERTIFIED,
    Event.KEY_RETIRED,
    Event.KEY_WITHDRAWN,
    Event.CREDENTIAL_SIGNED,
}


@dataclass
class World:
    """A service, its callers, and what is at hand there."""

    service: RunningService
    platform: httpx2.Client
    studio: httpx2.Client
    reviewer: httpx2.Client
    operator: httpx2.Client
    owner: str = "user:ann"
    cameo: str = ""

    def enroll(self, owner: str) -> None:
        """Go on with somebody of whom nothing is known yet."""
        self.owner, self.cameo = owner, self.service.enroll(owner)

    def openings(self) -> list[LogOpeningRecord]:
        with self.service.context.store.read() as tx:
            return tx.log.openings(0, limit=10_000)

    def kinds(self) -> Counter[str]:
        return Counter(json.loads(each.document)["event"] for each in self.openings())


@pytest.fixture
def world(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    reviewer: httpx2.Client,
    operator: httpx2.Client,
) -> World:
    made = World(service, platform, studio, reviewer, operator)
    made.enroll("user:ann")
    return made


def sent(response: httpx2.Response) -> Any:
    assert response.is_success, response.text
    return response.json() if response.content else None


def renew(world: World) -> None:
    body = {"principal": world.owner, "renews": world.cameo}
    started = sent(world.platform.post("/v1/enrollments", json=body))
    world.service.conclude(started["id"], verification(Verdict.VERIFIED))


def prepared_character(world: World) -> str:
    handle = world.owner.removeprefix("user:")
    return str(register(world.studio, handle)["id"])


def active_grant(world: World) -> str:
    return grant(world.platform, world.cameo, on_revocation="ask_removal")


def asked_for(world: World) -> str:
    asked = question(world.cameo)
    return str(asking.ask(world.platform, asked)["id"])


def approved(world: World) -> str:
    id = asked_for(world)
    return str(asking.approve(world.platform, id)["approval_id"])


def blocked(world: World) -> None:
    sent(world.platform.put(f"/v1/principals/{world.owner}/blocks/user:eve"))


def represented(world: World) -> str:
    mandate = {**MANDATE, "represented": world.owner}
    return str(sent(world.platform.post("/v1/representations", json=mandate))["id"])


def permitted(world: World) -> str:
    active_grant(world)
    return str(permit(world.platform, question(world.cameo))["id"])


def used(world: World) -> str:
    active_grant(world)
    return str(draft(world.platform, question(world.cameo))["id"])


def nothing(world: World) -> None:
    del world


def post(path: str, client: str = "platform", **body: Any) -> Callable[[World, Any], None]:
    def run(world: World, thing: Any) -> None:
        chosen: httpx2.Client = getattr(world, client)
        sent(chosen.post(path.format(thing=thing, cameo=world.cameo), json=body or None))

    return run


def held(world: World) -> None:
    sent(world.operator.post(f"/v1/cameos/{world.cameo}/suspend"))


def grant_by_request(world: World, id: str) -> None:
    sent(asking.decide(world.platform, id, "approve", manner="grant"))


Deed = tuple[Event, Callable[[World], Any], Callable[[World, Any], Any]]
DEEDS: list[Deed] = [
    # first, while there are no permits: they rest on the rules, and would end
    (
        Event.DEPLOYMENT_CHANGED,
        nothing,
        lambda w, _: sent(w.operator.put("/v1/deployment/rules", json=RULES)),
    ),
    (Event.CAMEO_ENROLLED, nothing, lambda w, _: w.service.enroll("user:eve")),
    (Event.CAMEO_RENEWED, nothing, lambda w, _: renew(w)),
    (Event.CAMEO_SUSPENDED, nothing, lambda w, _: held(w)),
    (Event.CAMEO_REINSTATED, held, post("/v1/cameos/{cameo}/reinstate", "operator")),
    (Event.CAMEO_REVOKED, nothing, post("/v1/cameos/{cameo}/revoke")),
    (Event.CHARACTER_REGISTERED, nothing, lambda w, _: prepared_character(w)),
    (
        Event.CHARACTER_CHANGED,
        prepared_character,
        lambda w, thing: sent(w.studio.put(f"/v1/characters/{thing}", json=sheet(name="Zedd"))),
    ),
    (Event.CHARACTER_DECIDED, prepared_character, lambda w, thing: settle(w.reviewer, thing)),
    (
        Event.POLICY_SET,
        nothing,
        lambda w, _: sent(w.platform.put(f"/v1/cameos/{w.cameo}/policy", json={"audience": {}})),
    ),
    (Event.GRANT_OFFERED, nothing, lambda w, _: plain_grant(w.platform, w.cameo)),
    (Event.GRANT_ACCEPTED, asked_for, grant_by_request),
    (Event.GRANT_ENDED, active_grant, post("/v1/grants/{thing}/revoke")),
    (Event.APPROVAL_GIVEN, asked_for, lambda w, thing: asking.approve(w.platform, thing)),
    (Event.APPROVAL_ENDED, approved, post("/v1/approvals/{thing}/revoke")),
    (Event.BLOCK_SET, nothing, lambda w, _: blocked(w)),
    (
        Event.BLOCK_LIFTED,
        blocked,
        lambda w, _: sent(w.platform.delete(f"/v1/principals/{w.owner}/blocks/user:eve")),
    ),
    (Event.MANDATE_SET, nothing, lambda w, _: represented(w)),
    (Event.MANDATE_ENDED, represented, post("/v1/representations/{thing}/revoke")),
    (
        Event.PERMIT_ISSUED,
        active_grant,
        lambda w, _: permit(w.platform, question(w.cameo)),
    ),
    (Event.PERMIT_REVOKED, permitted, post("/v1/permits/{thing}/release")),
    (Event.USE_REMOVED, used, post("/v1/uses/{thing}/remove")),
    (Event.USE_RECALLED, used, post("/v1/uses/{thing}/ask-removal")),
]


def test_every_kind_of_event_is_driven_here_or_elsewhere() -> None:
    assert {event for event, _, _ in DEEDS} | ELSEWHERE == set(Event)


def test_each_is_logged_once(world: World) -> None:
    for event, before, deed in DEEDS:
        world.enroll(f"user:{event.replace('.', '-')}")
        thing = before(world)
        earlier = world.kinds()
        deed(world, thing)
        assert world.kinds() - earlier == Counter([event.value])


def test_what_ends_with_a_grant_is_logged_too(world: World) -> None:
    made = active_grant(world)
    use = draft(world.platform, question(world.cameo))
    permits = [permit(world.platform, question(world.cameo))["id"] for _ in range(2)]
    earlier = world.kinds()
    sent(world.platform.post(f"/v1/grants/{made}/revoke"))
    assert world.kinds() - earlier == Counter(["grant.ended", "permit.revoked", "use.recalled"])
    documents = [json.loads(each.document) for each in world.openings()]
    (ended,) = [each for each in documents if each["event"] == "permit.revoked"]
    assert set(permits) <= set(ended["permits"])
    (recalled,) = [each for each in documents if each["event"] == "use.recalled"]
    assert recalled["use"] == use["id"]


def test_a_repeat_is_logged_no_second_time(world: World) -> None:
    blocked(world)
    held(world)
    earlier = world.kinds()
    blocked(world)
    held(world)
    assert world.kinds() == earlier


def test_an_aborted_transaction_leaves_no_entry(world: World) -> None:
    context = world.service.context
    caller = Caller(key_id="ck_1", principal="org:p", scopes=frozenset(Scope), acts_for=("user:*",))
    earlier = world.openings()

    def all_of_it(tx: Transaction) -> None:
        suspend(tx, context, id=world.cameo)
        block(tx, context, caller, owner="user:ann", blocked="user:eve")
        assert tx.log.size() == len(earlier) + 2
        block(tx, context, caller, owner="user:ann", blocked="user:ann")

    with pytest.raises(Invalid, match="block themselves"), context.store.write() as tx:
        all_of_it(tx)
    assert world.openings() == earlier
    held(world)
    assert [each.number for each in world.openings()] == list(range(len(earlier) + 1))


def test_a_refused_request_is_no_event(world: World) -> None:
    earlier = world.kinds()
    assert world.platform.post("/v1/permits", json=question(world.cameo)).status_code == 403
    assert world.kinds() == earlier


def test_events_name_whom_they_are_about(world: World) -> None:
    permitted(world)
    subjects = {json.loads(each.document)["event"]: each.subjects for each in world.openings()}
    assert subjects == {
        "cameo.enrolled": (world.cameo, "user:ann"),
        "grant.offered": (world.cameo, "user:ann", "user:bob"),
        "permit.issued": (world.cameo, "user:ann", "user:bob", "org:platform"),
    }
    with world.service.context.store.read() as tx:
        assert len(tx.log.about(world.cameo, limit=9)) == 3
        assert len(tx.log.about("user:bob", limit=9)) == 2


def test_the_log_does_not_tell_a_block_from_any_other_rule(world: World) -> None:
    earlier = len(world.openings())
    blocked(world)
    with world.service.context.store.read() as tx:
        (entry,) = tx.log.entries(earlier, limit=100)
    assert json.loads(entry.entry)["kind"] == kind_of("policy.set") == "rules.changed"


def test_entries_themselves_name_nobody(world: World) -> None:
    permitted(world)
    with world.service.context.store.read() as tx:
        entries = tx.log.entries(0, limit=100)
    for record in entries:
        members = json.loads(record.entry)
        assert set(members) == {"commitment", "kind", "time"}
        assert b"user:" not in record.entry
        assert world.cameo.encode() not in record.entry
