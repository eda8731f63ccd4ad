"""Rows that somebody altered: they hold up their own endpoint, and nobody else's."""

import httpx2
import pytest
from sqlalchemy import text

from cameo_service.callers import key_id_of, revoke_key
from cameo_service.webhooks.endpoints import disable_with_key
from cameo_service.webhooks.leasing import lease
from cameo_service.webhooks.sending import Outcome
from cameo_service.webhooks.settling import Ended, settle
from cameo_service.webhooks.turns import Turns
from storage.database import Database
from tests.service.erasing import enroll, hand_out, likeness
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import RunningService
from tests.service.webhooks.posting import erase, ping, told_in

EVENTS = ("erasure.requested", "permit.revoked", "use.recalled")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("table", "column", "of"),
    [("webhook_deliveries", "body", "webhook_id"), ("webhooks", "events", "id")],
)
def test_an_altered_row_holds_up_its_own_endpoint_alone(
    service: RunningService,
    studio: httpx2.Client,
    receiver: Receiver,
    table: str,
    column: str,
    of: str,
) -> None:
    lost, fine = (register(studio, receiver.url, *EVENTS) for _ in range(2))
    ping(studio, lost)
    id = ping(studio, fine)
    alter(service, table, column, of, lost["id"])
    deliver(service)
    assert receiver.ids == [id]
    # and it is tried again, by and by
    service.clock.advance(minutes=1)
    again = ping(studio, fine)
    deliver(service)
    assert receiver.ids == [id, again]


@pytest.mark.both_databases
def test_a_row_that_is_altered_while_it_is_sent_keeps_no_other_outcome_from_being_noted(
    service: RunningService, studio: httpx2.Client, receiver: Receiver
) -> None:
    lost, fine = (register(studio, receiver.url, *EVENTS) for _ in range(2))
    ping(studio, lost)
    ping(studio, fine)
    parcels = lease(service.context, Turns())
    assert parcels is not None
    alter(service, "webhook_deliveries", "body", "webhook_id", lost["id"])
    settle(service.context, [Ended(parcel=each, outcome=Outcome(status=204)) for each in parcels])
    assert [each["status"] for each in deliveries(studio, fine)] == ["delivered"]


@pytest.mark.both_databases
def test_an_altered_endpoint_keeps_nobody_from_erasing(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost = register(studio, receiver.url, *EVENTS)
    with service.client(service.key(principal="app:other")) as other:
        register(other, receiver.url, *EVENTS, principal="app:other")
    cameo, _ = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    hand_out(service.context, cameo, "app:other", id="dis_2", now=service.clock())
    alter(service, "webhooks", "events", "id", lost["id"])
    erase(platform, cameo)
    assert "events are not kept" in caplog.text
    deliver(service)
    assert [told_in(each)["data"]["disclosures"] for each in receiver.received] == [["dis_2"]]


@pytest.mark.both_databases
def test_an_altered_endpoint_is_silent_alone(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, lost, after = sorted(
        (register(studio, receiver.url, *EVENTS) for _ in range(3)), key=lambda each: each["id"]
    )
    deaf = register(studio, receiver.url, "permit.revoked")
    cameo, _ = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    alter(service, "webhooks", "events", "id", lost["id"])
    erasure = erase(platform, cameo)
    [told] = [line for line in caplog.text.splitlines() if "events are not kept" in line]
    assert lost["id"] in told
    assert before["id"] not in told
    deliver(service)
    assert [told_in(each)["data"]["erasure_id"] for each in receiver.received] == [erasure] * 2
    for webhook, kept in ((before, 1), (after, 1), (deaf, 0)):
        assert len(deliveries(studio, webhook)) == kept


@pytest.mark.both_databases
def test_an_altered_endpoint_is_disabled_with_its_key_all_the_same(
    service: RunningService, receiver: Receiver
) -> None:
    key = service.key(principal="app:studio")
    with service.client(key) as studio:
        lost, fine = (register(studio, receiver.url, *EVENTS) for _ in range(2))
    alter(service, "webhooks", "events", "id", lost["id"])
    with service.context.store.write() as tx:
        revoke_key(tx, key_id_of(key), now=service.clock())
        disabled = disable_with_key(tx, key_id_of(key), now=service.clock())
    assert disabled == sorted([lost["id"], fine["id"]])


@pytest.mark.sqlite_only("it takes any bytes for text")
def test_an_altered_id_keeps_nobody_from_erasing(
    service: RunningService,
    platform: httpx2.Client,
    studio: httpx2.Client,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing tells rows apart by then."""
    lost, _ = (register(studio, receiver.url, *EVENTS) for _ in range(2))
    cameo, _ = enroll(service, "user:ann", likeness())
    hand_out(service.context, cameo, "app:studio", now=service.clock())
    alter(service, "webhooks", "id", "id", lost["id"], value="CAST(x'ff' AS TEXT)")
    erase(platform, cameo)
    assert "events are not kept" in caplog.text
    deliver(service)
    assert receiver.received == []


def alter(
    service: RunningService, table: str, column: str, of: str, id: str, *, value: str = "'7'"
) -> None:
    altered = text(f"UPDATE {table} SET {column} = {value} WHERE {of} = :id")  # noqa: S608 (ours)
    database = Database(service.context.settings.resolved_database_url)
    with database.write_connection() as connection:
        connection.execute(altered, {"id": id})
    database.close()
