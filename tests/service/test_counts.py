"""Never one too many: parallel permit requests over HTTP, on every supported database."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.plain import NO_AUTHORITIES
from tests.service.making import (
    approve,
    draft,
    grant,
    permit,
    permitted,
    publication,
    published,
    question,
    report,
)
from tests.service.running import RunningService

AT_ONCE = 64


pytestmark = pytest.mark.both_databases


def all_at_once(service: RunningService, questions: list[dict[str, Any]]) -> list[httpx2.Response]:
    """The answers to these permit requests, which are sent at the same time."""
    headers = {"Authorization": f"Bearer {service.key()}"}
    limits = httpx2.Limits(max_connections=AT_ONCE)
    with (
        httpx2.Client(
            base_url=service.url,
            headers=headers,
            timeout=60,
            limits=limits,
            verify=NO_AUTHORITIES,
        ) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        return list(pool.map(lambda asked: client.post("/v1/permits", json=asked), questions))


def issued(answers: list[httpx2.Response]) -> list[str]:
    """The ids of the permits; whatever else was answered is a refusal."""
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 403}, statuses
    assert all(
        answer.json()["code"] == "consent_denied" for answer in answers if answer.status_code == 403
    )
    return [answer.json()["id"] for answer in answers if answer.status_code == 201]


def test_of_64_requests_for_10_uses_10_get_a_permit(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    grant(platform, cameo, count=13)
    for _ in range(3):
        report(platform, permit(platform, question(cameo))["id"])
    permits = issued(all_at_once(service, [question(cameo)] * AT_ONCE))
    assert len(permits) == len(set(permits)) == 10
    with service.context.store.read() as tx:
        assert sorted(tx.permits.get(id).status_index for id in permits) == list(range(3, 13))
        ((_, asked),) = tx.inquiries.of_cameo(cameo, limit=9)
    assert (asked.permitted, asked.refused) == (13, AT_ONCE - 10)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda permit_id: report(platform, permit_id), permits))
    service.clock.advance(hours=1)
    assert issued(all_at_once(service, [question(cameo)] * 4)) == []


def test_of_64_requests_on_one_approval_one_gets_a_permit(service: RunningService) -> None:
    cameo = service.enroll("user:ann")
    approve(service, cameo, question(cameo))
    answers = all_at_once(service, [question(cameo)] * AT_ONCE)
    assert len(issued(answers)) == 1
    service.clock.advance(minutes=15)
    assert len(issued(all_at_once(service, [question(cameo)] * 8))) == 1


def test_of_a_chain_the_tightest_count_binds(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1, count=10)
    grantees = [f"user:g{number}" for number in range(4)]
    for grantee in grantees:
        grant(platform, cameo, grantee, parent=above, count=9)
    questions = [question(cameo, grantees[each % 4]) for each in range(AT_ONCE)]
    permits = issued(all_at_once(service, questions))
    assert len(permits) == 10
    assert platform.get(f"/v1/grants/{above}").json()["remaining"] == 0
    with service.client(service.key()) as client:
        for id in permits[:3]:
            assert client.post(f"/v1/permits/{id}/release").status_code == 200
    assert len(issued(all_at_once(service, questions))) == 3


def test_a_work_counts_once_when_it_is_made_and_not_when_it_is_published(
    service: RunningService, platform: httpx2.Client
) -> None:
    cameo = service.enroll("user:ann")
    above = grant(platform, cameo, "user:cleo", sublicence_depth=1, count=2)
    own = grant(platform, cameo, parent=above, count=2)
    first, second = (draft(platform, question(cameo)) for _ in range(2))
    assert not permitted(platform, question(cameo))
    assert not permitted(platform, question(cameo, action="publish"))
    for use in (first, second):
        asked = publication(use)
        assert permitted(platform, asked)
        spare = permit(platform, asked)
        assert published(platform, use)["status"] == "published"
        again = platform.post(f"/v1/uses/{use['id']}/publish", json={"permit_id": spare["id"]})
        assert again.status_code == 409
    for id in (above, own):
        assert platform.get(f"/v1/grants/{id}").json()["remaining"] == 0
    assert not permitted(platform, question(cameo))
