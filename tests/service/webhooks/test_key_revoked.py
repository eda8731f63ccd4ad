"""What becomes of the endpoints that an API key registered once the key is revoked."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cameo_service.callers import key_id_of, revoke_key
from tests.cli.running import Ran, cameo
from tests.service.receiving import Receiver, deliver, deliveries, register
from tests.service.running import Refusal, RunningService
from tests.service.webhooks.posting import EVERYTHING, ping

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stolen(service: RunningService) -> str:
    return service.key(principal="app:studio", acts_for=("user:*",))


@pytest.fixture
def thief(service: RunningService, stolen: str) -> Iterator[httpx2.Client]:
    with service.client(stolen) as client:
        yield client


def revoke(service: RunningService, key: str, *options: str) -> Ran:
    settings = service.context.settings
    return cameo(
        *("keys", "revoke", key_id_of(key), *options),
        data_dir=settings.data_dir,
        CAMEO_DATABASE_URL=settings.resolved_database_url,
    )


def shown(client: httpx2.Client, webhook: dict[str, Any]) -> tuple[str, str | None]:
    document = client.get(f"/v1/webhooks/{webhook['id']}").json()
    return document["status"], document["disabled_by"]


def test_the_endpoints_of_a_key_go_with_it_where_the_operator_says_so(
    service: RunningService,
    studio: httpx2.Client,
    thief: httpx2.Client,
    stolen: str,
    receiver: Receiver,
) -> None:
    theirs = [
        register(thief, receiver.url, *EVERYTHING, principal=each)
        for each in ("app:studio", "user:ann")
    ]
    off = register(thief, receiver.url, *EVERYTHING)
    change = {"url": receiver.url, "events": list(EVERYTHING), "enabled": False}
    assert thief.put(f"/v1/webhooks/{off['id']}", json=change).is_success
    own = register(studio, receiver.url, *EVERYTHING)
    given_up = [ping(studio, each) for each in theirs]
    sent = ping(studio, own)

    ran = revoke(service, stolen, "--with-webhooks", "--json")
    assert ran.status == 0, ran.err
    assert ran.document["revoked_at"] is not None
    assert ran.document["webhooks_disabled"] == sorted(each["id"] for each in theirs)
    assert {shown(studio, each) for each in theirs} == {("disabled", "key_revoked")}
    assert shown(studio, off) == ("disabled", "caller")
    assert shown(studio, own) == ("enabled", None)
    deliver(service)
    assert receiver.ids == [sent]
    for webhook, id in zip(theirs, given_up, strict=True):
        [dead] = deliveries(studio, webhook)
        assert (dead["id"], dead["status"], dead["last_error"]) == (id, "dead", "disabled")
        query = {"principal": webhook["principal"]}
        [notice] = studio.get("/v1/notices", params=query).json()["data"]
        assert notice["kind"] == "webhook_disabled"
        assert notice["body"] == {"webhook_id": webhook["id"]}

    again = revoke(service, stolen, "--with-webhooks")
    assert again.status == 0
    assert again.out.splitlines()[-1].endswith("none was enabled")
    assert len(studio.get("/v1/notices", params={"principal": "app:studio"}).json()["data"]) == 1
    # and whoever may act for the principal has it back, with what was given up
    [mended, _] = theirs
    assert (
        studio.put(f"/v1/webhooks/{mended['id']}", json={**change, "enabled": True}).json()[
            "status"
        ]
        == "enabled"
    )
    assert studio.post(f"/v1/webhooks/{mended['id']}/deliveries/replay-dead").is_success
    deliver(service)
    assert receiver.ids == [sent, given_up[0]]


def test_without_that_they_are_sent_to_still_and_can_be_ended_later(
    service: RunningService,
    studio: httpx2.Client,
    thief: httpx2.Client,
    stolen: str,
    receiver: Receiver,
) -> None:
    webhook = register(thief, receiver.url, *EVERYTHING)
    ran = revoke(service, stolen, "--json")
    assert "webhooks_disabled" not in ran.document
    id = ping(studio, webhook)
    deliver(service)
    assert receiver.ids == [id]
    assert webhook["id"] in revoke(service, stolen, "--with-webhooks").out
    assert shown(studio, webhook) == ("disabled", "key_revoked")


def test_a_key_that_is_revoked_meanwhile_registers_nothing(
    service: RunningService,
    studio: httpx2.Client,
    thief: httpx2.Client,
    stolen: str,
    receiver: Receiver,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its secret is wrapped before the transaction, for which a key service takes its time."""
    webhook = register(thief, receiver.url, *EVERYTHING)
    wrap = service.context.keys.webhooks.wrap

    def slow(secret: bytes, *, of: str, under: bytes | None) -> bytes:
        with service.context.store.write() as tx:
            revoke_key(tx, key_id_of(stolen), now=service.clock())
        return wrap(secret, of=of, under=under)

    body = {"principal": "app:studio", "url": receiver.url, "events": EVERYTHING}
    with monkeypatch.context() as patched:
        patched.setattr(service.context.keys.webhooks, "wrap", slow)
        refused(thief.post("/v1/webhooks", json=body), 401, "unauthenticated")
    listed = studio.get("/v1/webhooks", params={"principal": "app:studio"}).json()["data"]
    assert [each["id"] for each in listed] == [webhook["id"]]


def test_a_key_that_is_revoked_meanwhile_is_shown_no_other_secret(
    service: RunningService,
    thief: httpx2.Client,
    stolen: str,
    receiver: Receiver,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = register(thief, receiver.url, *EVERYTHING)
    wrap = service.context.keys.webhooks.wrap

    def slow(secret: bytes, *, of: str, under: bytes | None) -> bytes:
        with service.context.store.write() as tx:
            revoke_key(tx, key_id_of(stolen), now=service.clock())
        return wrap(secret, of=of, under=under)

    with monkeypatch.context() as patched:
        patched.setattr(service.context.keys.webhooks, "wrap", slow)
        path = f"/v1/webhooks/{webhook['id']}/rotate-secret"
        refused(thief.post(path), 401, "unauthenticated")
    with service.context.store.read() as tx:
        assert tx.webhooks.get(webhook["id"]).former_secret is None
