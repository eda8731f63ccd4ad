"""Holders of identity packages are told of an erasure, and confirm; whoever asks meanwhile, too."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from cameo_service.erasure import beginning, telling
from cameo_service.signing import Signer
from storage.keys import Purpose
from tests.service.erasing import enroll, erase, hand_out, likeness, proven, shown, work
from tests.service.holding import LONG_S, Held
from tests.service.making import permit, plain_grant, question
from tests.service.running import Refusal, RunningService


def test_holders_of_packages_are_told_and_confirm(
    service: RunningService, platform: httpx2.Client, refused: Refusal
) -> None:
    cameo, _ = enroll(service, "user:ann", likeness())
    for holder, id in (("app:studio", "dis_1"), ("app:other", "dis_2"), ("app:studio", "dis_3")):
        hand_out(service.context, cameo, holder, id=id, now=service.clock())
    erased = erase(platform, cameo)
    held = {each["holder"]: each for each in erased["holders"]}
    assert held["app:studio"]["disclosures"] == ["dis_1", "dis_3"]
    studio_key = service.key(principal="app:studio", acts_for=())
    other_key = service.key(principal="app:another", acts_for=())
    listed = "/v1/erasures?holder=app:studio&unconfirmed=true"
    with service.client(studio_key) as studio, service.client(other_key) as stranger:
        [notice] = studio.get(listed).json()["data"]
        assert (notice["erasure_id"], notice["cameo_id"]) == (erased["id"], cameo)
        [told] = studio.get("/v1/notices?principal=app:studio").json()["data"]
        assert (told["kind"], told["body"]["erasure_id"]) == ("cameo_erased", erased["id"])
        refused(studio.get(f"/v1/erasures/{erased['id']}"), 404, "unknown")
        refused(stranger.get(listed), 403, "not_acting_for")
        confirm = f"/v1/erasures/{erased['id']}/confirm"
        refused(stranger.post(confirm), 404, "unknown")
        refused(stranger.post(confirm, json={"holder": "app:studio"}), 404, "unknown")
        confirmed = studio.post(confirm).json()
        service.clock.advance(days=1)
        assert studio.post(confirm).json() == confirmed
        assert studio.get(listed).json()["data"] == []
        assert len(studio.get("/v1/erasures?holder=app:studio").json()["data"]) == 1
    seen = {each["holder"]: each for each in shown(platform, erased["id"])["holders"]}
    assert seen["app:studio"]["confirmed_at"] == confirmed["confirmed_at"] is not None
    assert seen["app:other"]["confirmed_at"] is None
    with service.context.store.read() as tx:
        kinds = [json.loads(each.document)["event"] for each in tx.log.about(cameo, limit=99)]
    assert kinds.count("erasure.confirmed") == 1


@pytest.fixture
def cameo(service: RunningService) -> str:
    id, _ = enroll(service, "user:ann", likeness())
    service.clock.advance(minutes=1)
    return id


@pytest.fixture
def studio(service: RunningService, platform: httpx2.Client, cameo: str) -> Iterator[httpx2.Client]:
    """A generator with a grant to use Ann's face."""
    plain_grant(platform, cameo, grantee="app:studio")
    key = service.key(principal="app:studio", acts_for=("user:*",))
    with service.client(key) as client:
        yield client


def fetch(studio: httpx2.Client, cameo: str, token: str) -> httpx2.Response:
    return studio.post(f"/v1/cameos/{cameo}/identity-package", json={"permit": token})


@pytest.mark.both_databases
def test_whoever_is_handed_a_package_meanwhile_is_told(
    service: RunningService,
    platform: httpx2.Client,
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    held: Held,
    cameo: str,
    studio: httpx2.Client,
) -> None:
    issued = permit(studio, question(cameo, "app:studio"))
    sign = Signer.sign

    def slow(signer: Signer, purpose: Purpose, *given: Any, **named: Any) -> str:
        if purpose is Purpose.PACKAGE:
            held.stop()
        return sign(signer, purpose, *given, **named)

    monkeypatch.setattr(Signer, "sign", slow)
    handed = threads.submit(fetch, studio, cameo, issued["permit"])
    held.wait()
    erasing = threads.submit(erase, platform, cameo)
    held.free()
    assert handed.result(LONG_S).status_code == 200
    erased = erasing.result(LONG_S)
    work(service.context)
    with service.context.store.read() as tx:
        [disclosure] = tx.disclosures.of_cameo(cameo, limit=9)
    told = proven(service, platform, erased["id"]).told
    assert told == {"app:studio": (disclosure.id,)}


@pytest.mark.both_databases
def test_whoever_asks_for_a_package_during_an_erasure_gets_none(
    service: RunningService,
    platform: httpx2.Client,
    refused: Refusal,
    monkeypatch: pytest.MonkeyPatch,
    threads: ThreadPoolExecutor,
    held: Held,
    cameo: str,
    studio: httpx2.Client,
) -> None:
    issued = permit(studio, question(cameo, "app:studio"))
    tell = telling.tell_holders

    def slow(*given: Any) -> None:
        tell(*given)
        held.stop()

    monkeypatch.setattr(beginning, "tell_holders", slow)
    erasing = threads.submit(erase, platform, cameo)
    held.wait()
    asked = threads.submit(fetch, studio, cameo, issued["permit"])
    held.free()
    erased = erasing.result(LONG_S)
    refused(asked.result(LONG_S), 409, "permit_ended")
    work(service.context)
    assert proven(service, platform, erased["id"]).told == {}
