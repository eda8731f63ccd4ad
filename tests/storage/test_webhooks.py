"""Webhooks and their outbox: leased, in order, sent at least once, given up, sent again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storage.contracts import Store, Transaction
from storage.errors import AlreadyExists, Conflict, NotFound, StorageError
from storage.records import DeliveryState, WebhookDeliveryRecord, WebhookState
from tests.counting import counting
from tests.storage import webhook_samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import MINUTE, NOW

ONE, TWO = ("whk_1", "app:studio"), ("whk_2", "app:studio")


def furnish(tx: Transaction, *deliveries: dict[str, Any]) -> list[WebhookDeliveryRecord]:
    """The endpoint, and deliveries to it, numbered as they come."""
    if tx.webhooks.find("whk_1") is None:
        tx.webhooks.add(webhook_samples.webhook())
    made = []
    for changes in deliveries:
        number = tx.webhook_deliveries.next_number()
        record = webhook_samples.webhook_delivery(
            **{"id": f"msg_{number}", "number": number, **changes}
        )
        tx.webhook_deliveries.add(record)
        made.append(record)
    return made


def lease(
    tx: Transaction,
    *webhooks: str,
    token: str = "t",  # noqa: S107 (a name)
    after: timedelta = timedelta(),
    each: int = 9,
    at_most: int = 3,
    pause: timedelta = timedelta(),
    never_finished: Sequence[str] = (),
) -> list[WebhookDeliveryRecord]:
    """What is leased; the others are those that are given up."""
    rooms = dict.fromkeys(webhooks or ("whk_1",), each)
    found = tx.webhook_deliveries.lease(
        rooms,
        token=token,
        now=NOW + after,
        lease_for=MINUTE,
        at_most=at_most,
        pause=lambda attempts: attempts * pause,
    )
    assert ids(found.never_finished) == [*never_finished]
    return found.leased


def ids(records: list[WebhookDeliveryRecord]) -> list[str]:
    return [record.id for record in records]


def test_what_is_stored_is_kept(opened: OpenStore, store: Store) -> None:
    with store.write() as tx:
        assert not tx.webhooks.exist()
        [delivery] = furnish(tx, {})
        assert tx.webhooks.exist()
        with pytest.raises(AlreadyExists):
            tx.webhooks.add(webhook_samples.webhook())
        with pytest.raises(AlreadyExists):
            tx.webhook_deliveries.add(delivery)
        tx.webhooks.add(webhook_samples.webhook(id="whk_2", former_secret=None, former_until=None))
        tx.webhooks.add(webhook_samples.webhook(id="whk_3", principal="app:other"))
    with opened().read() as tx:
        assert tx.webhooks.get("whk_1") == webhook_samples.webhook()
        assert [each.id for each in tx.webhooks.of("app:studio")] == ["whk_1", "whk_2"]
        assert [each.id for each in tx.webhooks.of("app:studio", limit=1)] == ["whk_1"]
        assert [each.id for each in tx.webhooks.of("app:studio", after="whk_1")] == ["whk_2"]
        assert tx.webhook_deliveries.find(delivery.id) == delivery
        assert tx.webhook_deliveries.find("msg_9") is None


def test_a_change_is_based_on_what_is_stored(store: Store) -> None:
    with store.write() as tx:
        furnish(tx)
        changed = replace(
            webhook_samples.webhook(), state=WebhookState.DISABLED, disabled_by="gone"
        )
        assert tx.webhooks.save(changed).version == 2
    with pytest.raises(Conflict), store.write() as tx:
        tx.webhooks.save(changed)


def test_an_endpoint_goes_with_what_was_for_it(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {}, {})
        tx.webhooks.remove("whk_1")
        assert tx.webhooks.find("whk_1") is None
        assert tx.webhook_deliveries.due(now=NOW, limit=9) == []
        assert tx.webhook_deliveries.next_number() == 0
        with pytest.raises(NotFound):
            tx.webhooks.remove("whk_1")
    with pytest.raises(StorageError), store.write() as tx:
        tx.webhook_deliveries.add(webhook_samples.webhook_delivery())


def test_deliveries_come_the_latest_first(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {}, {"cameos": ()}, {"cameos": ()})
        assert ids(lease(tx)) == ["msg_0", "msg_1", "msg_2"]
        tx.webhook_deliveries.finish("msg_1", token="t", status=204, now=NOW)
        of = tx.webhook_deliveries.of
        assert ids(of("whk_1", state=None, limit=2)) == ["msg_2", "msg_1"]
        assert ids(of("whk_1", state=None, limit=9, after="msg_1")) == ["msg_0"]
        assert ids(of("whk_1", state=DeliveryState.DELIVERED, limit=9)) == ["msg_1"]
        assert of("whk_2", state=None, limit=9) == []
        assert of("whk_2", state=None, limit=9, after="msg_1") == []


def test_a_lease_is_exclusive_until_it_ends(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {})
        [leased] = lease(tx)
        assert (leased.attempts, leased.lease_token) == (1, "t")
        assert leased.leased_until == NOW + MINUTE
        assert lease(tx, token="u") == []
        assert tx.webhook_deliveries.due(now=NOW, limit=9) == []
        [again] = lease(tx, token="u", after=MINUTE)
        assert again.attempts == 2
        for id in ("msg_0", "msg_9"):
            with pytest.raises(Conflict):
                tx.webhook_deliveries.finish(id, token="t", status=204, now=NOW)
            with pytest.raises(Conflict):
                tx.webhook_deliveries.fail(
                    id, token="t", status=500, error=None, retry_at=None, now=NOW
                )
        tx.webhook_deliveries.finish("msg_0", token="u", status=204, now=NOW)
        delivered = tx.webhook_deliveries.find("msg_0")
    assert delivered is not None
    assert (delivered.state, delivered.last_status) == (DeliveryState.DELIVERED, 204)
    assert (delivered.settled_at, delivered.lease_token) == (NOW, None)


def test_what_kills_every_worker_is_given_up(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {}, {})
        assert ids(lease(tx, at_most=1)) == ["msg_0"]
        assert lease(tx, at_most=1, after=MINUTE, never_finished=["msg_0"]) == []
        dead = tx.webhook_deliveries.find("msg_0")
        assert dead is not None
        assert (dead.state, dead.last_error) == (DeliveryState.DEAD, "never_finished")
        assert ids(lease(tx, at_most=1, after=MINUTE)) == ["msg_1"]


def test_a_lease_that_ends_is_followed_by_a_pause_that_grows(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {})
        at = timedelta()
        for attempt in (1, 2):
            [leased] = lease(tx, after=at, pause=MINUTE)
            assert (leased.attempts, leased.leased_until) == (attempt, NOW + at + MINUTE)
            at += MINUTE + attempt * MINUTE
            assert leased.run_after == NOW + at
            assert lease(tx, after=at - timedelta(seconds=1)) == []
        assert tx.webhook_deliveries.due(now=NOW + at, limit=9) == [ONE]


def test_what_is_given_back_is_due_at_once_and_has_lost_no_attempt(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {})
        lease(tx, pause=MINUTE)
        with pytest.raises(Conflict):
            tx.webhook_deliveries.give_back("msg_0", token="u", now=NOW)
        tx.webhook_deliveries.give_back("msg_0", token="t", now=NOW)
        assert [each.attempts for each in lease(tx)] == [1]


def test_every_principal_has_its_turn_before_one_has_a_second(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {"cameos": ()})
        for number in (2, 3, 4):
            principal = "app:other" if number == 4 else "app:studio"
            tx.webhooks.add(webhook_samples.webhook(id=f"whk_{number}", principal=principal))
            later = {"run_after": NOW + number * MINUTE, "cameos": ()}
            furnish(tx, {"webhook_id": f"whk_{number}", **later})
        due = tx.webhook_deliveries.due(now=NOW + 9 * MINUTE, limit=9)
        assert [id for id, _ in due] == ["whk_1", "whk_4", "whk_2", "whk_3"]


def test_a_clock_that_was_far_ahead_postpones_nothing_for_ever(store: Store) -> None:
    ahead = timedelta(days=400)
    with store.write() as tx:
        furnish(tx, {"run_after": NOW + ahead})
        assert ids(lease(tx)) == ["msg_0"]
        # whoever holds it from then on has a lease that nobody else would ever see the end of
        assert ids(lease(tx, token="u", after=ahead)) == ["msg_0"]
        assert tx.webhook_deliveries.due(now=NOW, limit=9) == [ONE]
        assert ids(lease(tx, token="v")) == ["msg_0"]
        within = timedelta(hours=20)
        assert lease(tx, after=-within) == []


def test_what_shares_a_cameo_keeps_its_order(store: Store) -> None:
    with store.write() as tx:
        tx.webhooks.add(webhook_samples.webhook(id="whk_2"))
        furnish(
            tx,
            {"cameos": ("cam_1",)},
            {"cameos": ("cam_1", "cam_2")},
            {"cameos": ("cam_2",)},
            {"cameos": ("cam_3",)},
            {"cameos": ()},
            {"cameos": ("cam_1",), "webhook_id": "whk_2"},
        )
        assert ids(lease(tx, "whk_1", "whk_2")) == ["msg_0", "msg_3", "msg_4", "msg_5"]
        retry_at = NOW + 5 * MINUTE
        tx.webhook_deliveries.fail(
            "msg_0", token="t", status=None, error="timed_out", retry_at=retry_at, now=NOW
        )
        assert tx.webhook_deliveries.due(now=NOW + MINUTE, limit=9) == [ONE, TWO]
        assert ids(lease(tx, after=2 * MINUTE)) == ["msg_3", "msg_4"]
        assert ids(lease(tx, after=5 * MINUTE)) == ["msg_0", "msg_3", "msg_4"]
        tx.webhook_deliveries.fail(
            "msg_0", token="t", status=500, error=None, retry_at=None, now=NOW
        )
        # what is given up holds up nobody
        assert ids(lease(tx, after=5 * MINUTE)) == ["msg_1"]
        tx.webhook_deliveries.finish("msg_1", token="t", status=204, now=NOW)
        assert ids(lease(tx, after=5 * MINUTE)) == ["msg_2"]
        # and sent again it has its old place
        tx.webhook_deliveries.fail(
            "msg_2", token="t", status=500, error=None, retry_at=NOW, now=NOW
        )
        tx.webhook_deliveries.replay("msg_1", now=NOW)
        assert ids(lease(tx, after=5 * MINUTE)) == ["msg_1"]


def test_who_waits_longest_is_due_first_and_gets_so_many(store: Store) -> None:
    with store.write() as tx:
        tx.webhooks.add(webhook_samples.webhook(id="whk_2"))
        furnish(tx, *({"cameos": ()} for _ in range(5)))
        furnish(tx, {"cameos": (), "webhook_id": "whk_2", "run_after": NOW - MINUTE})
        due = tx.webhook_deliveries.due
        assert due(now=NOW, limit=9) == [TWO, ONE]
        assert due(now=NOW, limit=1) == [TWO]
        assert due(now=NOW - MINUTE, limit=9) == [TWO]
        assert due(now=NOW, limit=9, besides=["whk_2"]) == [ONE]
        assert due(now=NOW, limit=9, besides_principals=["app:studio"]) == []
        assert ids(lease(tx, "whk_2", "whk_1", each=2)) == ["msg_5", "msg_0", "msg_1"]


def test_everything_pending_is_given_up_and_everything_dead_sent_again(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {}, {}, {"cameos": ()})
        [first, last] = lease(tx)
        tx.webhook_deliveries.finish(last.id, token="t", status=204, now=NOW)
        assert tx.webhook_deliveries.give_up("whk_1", error="disabled", now=NOW) == 2
        assert tx.webhook_deliveries.give_up("whk_1", error="disabled", now=NOW) == 0
        with pytest.raises(Conflict):
            tx.webhook_deliveries.finish(first.id, token="t", status=204, now=NOW)
        assert tx.webhook_deliveries.due(now=NOW + MINUTE, limit=9) == []
        assert tx.webhook_deliveries.replay_dead("whk_1", now=NOW, limit=9) == 2
        assert tx.webhook_deliveries.replay_dead("whk_1", now=NOW, limit=9) == 0
        [again] = lease(tx)
        assert (again.id, again.attempts, again.settled_at) == (first.id, 1, None)
        with pytest.raises(Conflict):
            tx.webhook_deliveries.replay(first.id, now=NOW)
        with pytest.raises(NotFound):
            tx.webhook_deliveries.replay("msg_9", now=NOW)


def test_dead_ones_are_sent_again_the_earliest_first_in_as_many_statements_as_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write() as tx:
        furnish(tx, *({"cameos": (f"cam_{each}", "cam_all")} for each in range(40)))
        tx.webhook_deliveries.give_up("whk_1", error="disabled", now=NOW)
        replay = tx.webhook_deliveries.replay_dead
        counted = []
        for limit in (1, 30, 30):
            with counting(monkeypatch) as statements:
                replayed = replay("whk_1", now=NOW, limit=limit)
            counted.append((replayed, len(statements)))
        assert counted == [(1, 3), (30, 3), (9, 3)]
        assert ids(lease(tx)) == ["msg_0"]
        assert tx.webhook_deliveries.of("whk_1", state=DeliveryState.DEAD, limit=9) == []


def test_what_is_postponed_waits_and_has_lost_no_attempt(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, *({"cameos": ()} for _ in range(3)))
        lease(tx, each=1)
        later = NOW + 5 * MINUTE
        assert tx.webhook_deliveries.postpone("whk_1", now=NOW, until=later) == 2
        assert tx.webhook_deliveries.postpone("whk_1", now=NOW, until=later) == 0
        assert ids(lease(tx, after=4 * MINUTE)) == ["msg_0"]
        assert [each.attempts for each in lease(tx, after=5 * MINUTE)] == [3, 1, 1]
        # whose lease has ended waits as well
        ended = NOW + 6 * MINUTE
        until = NOW + 9 * MINUTE
        assert tx.webhook_deliveries.postpone("whk_1", now=ended, until=until) == 3
        assert tx.webhook_deliveries.due(now=ended, limit=9) == []


def test_only_what_is_settled_is_swept(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, *({"cameos": ()} for _ in range(4)))
        for each, at in zip(lease(tx, each=3), (NOW, NOW, NOW + MINUTE), strict=True):
            tx.webhook_deliveries.finish(each.id, token="t", status=200, now=at)
        sweep = tx.webhook_deliveries.sweep
        assert sweep(before=NOW, limit=9) == 0
        assert sweep(before=NOW + MINUTE, limit=1) == 1
        assert sweep(before=NOW + MINUTE, limit=9) == 1
        left = tx.webhook_deliveries.of("whk_1", state=None, limit=9)
        assert ids(left) == ["msg_3", "msg_2"]


def test_what_waits_for_an_earlier_one_is_not_late(store: Store) -> None:
    """A receiver that is down for a day is no sender that stands still."""
    with store.write() as tx:
        furnish(tx, {}, {}, {"cameos": ()})
        lease(tx)
        later = {"retry_at": NOW + 3 * MINUTE, "now": NOW}
        tx.webhook_deliveries.fail("msg_0", token="t", status=500, error=None, **later)
        tx.webhook_deliveries.finish("msg_2", token="t", status=204, now=NOW)
        assert tx.webhook_deliveries.backlog(now=NOW + 2 * MINUTE) == (2, None)
        due = NOW + 3 * MINUTE
        assert tx.webhook_deliveries.backlog(now=due) == (2, due)


def test_what_is_about_no_cameo_comes_first_and_who_waits_longest_of_that(store: Store) -> None:
    with store.write() as tx:
        free: dict[str, Any] = {"cameos": ()}
        furnish(tx, *({"cameos": (f"cam_{number}",)} for number in range(3)), free, free)
        assert ids(lease(tx, each=1)) == ["msg_3"]
        retry: dict[str, Any] = {"retry_at": NOW + MINUTE, "now": NOW}
        tx.webhook_deliveries.fail("msg_3", token="t", status=500, error=None, **retry)
        assert ids(lease(tx, each=2, after=MINUTE)) == ["msg_3", "msg_4"]
        assert ids(lease(tx, each=2, after=MINUTE)) == ["msg_0", "msg_1"]
        tx.webhook_deliveries.give_up("whk_1", error="disabled", now=NOW)
        assert tx.webhook_deliveries.replay_dead("whk_1", now=NOW, limit=9) == 5
        assert ids(lease(tx, each=3)) == ["msg_0", "msg_3", "msg_4"]


def test_what_was_delivered_is_discarded_and_nothing_else(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {"cameos": ()}, {"cameos": ()}, {"cameos": ()})
        lease(tx, each=2)
        for id in ("msg_0", "msg_1"):
            tx.webhook_deliveries.finish(id, token="t", status=204, now=NOW)
        assert tx.webhook_deliveries.discard("whk_2", limit=9) == 0
        assert tx.webhook_deliveries.discard("whk_1", limit=1) == 1
        assert ids(tx.webhook_deliveries.of("whk_1", state=None, limit=9)) == ["msg_2", "msg_1"]
        assert tx.webhook_deliveries.discard("whk_1", limit=9) == 1
        assert ids(lease(tx)) == ["msg_2"]


def test_principals_that_were_served_come_after_the_others(store: Store) -> None:
    with store.write() as tx:
        furnish(tx, {})
        tx.webhooks.add(webhook_samples.webhook(id="whk_2", principal="app:other"))
        furnish(tx, {"webhook_id": "whk_2", "run_after": NOW + MINUTE})
        other = ("whk_2", "app:other")
        due = tx.webhook_deliveries.due
        assert due(now=NOW + MINUTE, limit=9) == [ONE, other]
        assert due(now=NOW + MINUTE, limit=9, served=["app:studio"]) == [other, ONE]
        assert due(now=NOW + MINUTE, limit=1, served=["app:studio", "app:other"]) == [ONE]
