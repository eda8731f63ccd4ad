"""What erasures and the retention schedule find and destroy beside enrollments."""

from dataclasses import replace
from datetime import timedelta

import pytest

from permissions.facts import CameoStatus
from storage.contracts import Store
from storage.errors import NotFound
from storage.records import (
    AccessState,
    JobState,
)
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

DAY = timedelta(days=1)


def test_as_many_as_there_are_can_be_named(store: Store) -> None:
    """PostgreSQL takes 65,535 parameters in a statement, and SQLite 32,766."""
    many = [f"enr_{number:05}" for number in range(70_000)]
    payload = {"enrollment": many[-1], "timeline": []}
    with store.write() as tx:
        tx.jobs.add(samples.job(id="job_1", kind="verify", payload=payload))
        tx.idempotency.begin(samples.idempotency(caller="ck_1", key="a"))
        answered = samples.idempotency(caller="ck_1", key="a", status=201, body=b"x")
        tx.idempotency.finish(answered, subjects=(many[0], many[-1]))
        assert tx.jobs.are_waiting(("verify",), "enrollment", many)
        assert not tx.jobs.are_waiting(("verify",), "enrollment", many[:-1])
        assert tx.jobs.forget("verify", "enrollment", many, kept=()) == 1
        assert tx.idempotency.empty(*many) == 1


def test_reports_and_scans_that_name_a_cameo_are_found(store: Store) -> None:
    report = {"alike": [{"id": "cam_1", "similarity": 0.9}]}
    with store.write() as tx:
        tx.enrollments.add(samples.enrollment(id="enr_1", report=report))
        tx.enrollments.add(samples.enrollment(id="enr_2", report={"alike": [{"id": "camx1"}]}))
        tx.enrollments.add(samples.enrollment(id="enr_3", report=report))
        tx.scans.add(samples.scan(id="sca_1", result={"faces": [{"cameo_id": "cam_1"}]}))
        tx.scans.add(samples.scan(id="sca_2", result=None))
    with store.read() as tx:
        assert tx.enrollments.naming("cam_1", limit=9) == ["enr_1", "enr_3"]
        assert tx.enrollments.naming("cam_1", limit=9, after="enr_1") == ["enr_3"]
        assert tx.scans.naming("cam_1", limit=9) == ["sca_1"]
        assert tx.scans.naming("cam_1", limit=9, after="sca_1") == []


@pytest.mark.parametrize(
    "what",
    ["nothing", "asked", "permitted", "used", "valid", "renewed", "character"],
)
def test_a_cameo_is_inactive_while_nothing_happens(store: Store, what: str) -> None:
    expired = NOW - 10 * DAY
    with store.write() as tx:
        tx.cameos.add(
            samples.cameo(
                id="cam_1",
                kind="character" if what == "character" else "person",
                status=CameoStatus.ACTIVE,
                credential_expires_at=NOW + DAY if what == "valid" else NOW - MINUTE,
                enrollment_id="enr_1",
            )
        )
        begun = NOW - MINUTE if what == "renewed" else expired
        tx.enrollments.add(samples.enrollment(id="enr_1", created_at=begun))
        key = {"rests_on": ("cameo:cam_1",)}
        # from before it does not count
        tx.inquiries.add([samples.inquiry(cameo_id="cam_1", day=expired.date(), last_at=expired)])
        tx.permits.add(samples.permit(id="per_0", status_index=7, expires_at=expired, **key))
        tx.uses.add(samples.use(id="use_0", updated_at=expired, **key))
        match what:
            case "asked":
                tx.inquiries.add([samples.inquiry(cameo_id="cam_1", day=NOW.date(), last_at=NOW)])
            case "permitted":
                tx.permits.add(samples.permit(id="per_1", status_index=8, expires_at=NOW, **key))
            case "used":
                tx.uses.add(samples.use(id="use_1", updated_at=NOW, **key))
        found = tx.cameos.inactive(since=NOW - DAY, now=NOW, limit=9)
        assert [each.id for each in found] == (["cam_1"] if what == "nothing" else [])
        assert tx.cameos.inactive(since=NOW - DAY, now=NOW, limit=9, after="cam_1") == []


def test_jobs_are_forgotten_by_what_they_are_for(store: Store) -> None:
    payload = {"enrollment": "enr_1", "recording": "r", "timeline": [1, 2]}
    with store.write() as tx:
        tx.jobs.add(samples.job(id="job_1", kind="verify", payload=payload))
        tx.jobs.add(samples.job(id="job_2", kind="scan", payload=payload))
        leased = tx.jobs.lease(
            ("verify",), token="t", now=NOW + MINUTE, lease_for=MINUTE, at_most=5
        )
        assert leased is not None
        tx.jobs.add(samples.job(id="job_3", kind="verify", payload=payload))
        tx.jobs.add(samples.job(id="job_4", kind="verify", payload={"enrollment": "enr_2"}))
        kept = ("enrollment", "recording")
        assert tx.jobs.forget("verify", "enrollment", ["enr_1", "enr_9"], kept=kept) == 2
        running = tx.jobs.get("job_1")
        assert (running.state, running.payload) == (
            JobState.RUNNING,
            {"enrollment": "enr_1", "recording": "r"},
        )
        tx.jobs.finish("job_1", token="t")
        with pytest.raises(NotFound):
            tx.jobs.get("job_3")
        assert tx.jobs.get("job_2").payload == payload
        assert tx.jobs.get("job_4").payload == {"enrollment": "enr_2"}
        assert tx.jobs.forget("verify", "enrollment", [], kept=kept) == 0


def test_answers_lose_their_bodies_by_what_they_name(store: Store) -> None:
    with store.write() as tx:
        for key, subjects in (("a", ("cam_1", "enr_1")), ("b", ("enr_1",)), ("c", ())):
            begun = samples.idempotency(caller="ck_1", key=key)
            tx.idempotency.begin(begun)
            tx.idempotency.finish(
                samples.idempotency(caller="ck_1", key=key, status=201, body=b"x"),
                subjects=subjects,
            )
        assert tx.idempotency.empty("cam_1") == 1
        assert tx.idempotency.empty("cam_1") == 0
        bodies = {}
        for key in "abc":
            found = tx.idempotency.begin(samples.idempotency(caller="ck_1", key=key))
            assert found is not None
            assert found.status == 201
            bodies[key] = found.body
        assert bodies == {"a": None, "b": b"x", "c": b"x"}
        tx.idempotency.forget("ck_1", "b")
        assert tx.idempotency.empty("enr_1") == 0
        tx.idempotency.sweep(before=NOW + DAY)
        assert tx.idempotency.empty("enr_1") == 0


def test_what_was_told_and_asked_is_forgotten_by_cameo_and_by_age(store: Store) -> None:
    with store.write() as tx:
        for id, principal, cameo, kind in (
            ("not_1", "user:alice", "cam_1", "face_matched"),
            ("not_2", "user:alice", "cam_2", "face_matched"),
            ("not_3", "user:bob", "cam_1", "cameo_inactive"),
        ):
            body = {"cameo_id": cameo}
            tx.notices.add(samples.notice(id=id, principal=principal, kind=kind, body=body))
        latest = tx.notices.latest("user:bob", "cameo_inactive", "cam_1")
        assert latest is not None
        assert latest.id == "not_3"
        assert tx.notices.latest("user:bob", "face_matched", "cam_1") is None
        assert tx.notices.forget("user:alice", "cam_1") == 1
        later = samples.notice().created_at + MINUTE
        assert tx.notices.sweep(before=later, limit=9, but=("cameo_inactive",)) == 1
        assert [each.id for each in tx.notices.of("user:bob", unread=False, limit=9)] == ["not_3"]
        for cameo, day in (("cam_1", NOW), ("cam_2", NOW), ("cam_2", NOW - DAY)):
            tx.inquiries.add([samples.inquiry(cameo_id=cameo, day=day.date())])
        assert tx.inquiries.sweep(before=NOW.date(), limit=9) == 1
        assert tx.inquiries.forget("cam_2") == 1
        assert len(tx.inquiries.of_cameo("cam_1", limit=9)) == 1


def test_policies_and_characters_are_emptied_in_every_version(store: Store) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id="cam_7", kind="character"))
        for version in (1, 2):
            tx.policies.append(samples.policy(cameo_id="cam_7", version=version))
        tx.characters.add(samples.character())
        tx.characters.save(samples.character(description="changed", note="fine"))
        assert tx.policies.empty("cam_7", {"audience": {}}) == 2
        assert tx.characters.empty("cam_7") == 2
        documents = [each.document for each in tx.policies.history("cam_7", limit=9)]
        assert documents == [{"audience": {}}] * 2
        for each in tx.characters.history("cam_7"):
            assert (each.description, each.references, each.note) == ("", (), None)
            assert each.handle == samples.character().handle


def test_openings_are_destroyed_but_for_some(store: Store) -> None:
    with store.write() as tx:
        numbers = [
            tx.log.append("x", {"n": n}, subjects=("cam_1", "user:a"), now=NOW) for n in range(3)
        ]
        other = tx.log.append("x", {}, subjects=("cam_2",), now=NOW)
        assert tx.log.forget("cam_1", but=frozenset(numbers[1:2])) == 2
        assert [tx.log.opening(each) is None for each in numbers] == [True, False, True]
        assert tx.log.opening(other) is not None
        assert [each.number for each in tx.log.about("user:a", limit=9)] == [numbers[1]]
        assert tx.log.size() == 4


def test_reasons_of_a_cameos_grants_are_destroyed_in_every_version(store: Store) -> None:
    with store.write() as tx:
        for id, cameo in (("gra_1", "cam_1"), ("gra_2", "cam_2")):
            tx.grants.add(samples.grant(id=id, cameo_id=cameo, revocation_reason="first"))
            tx.grants.save(replace(tx.grants.get(id), revocation_reason="second"))
        assert tx.grants.forget_reasons("cam_1") == 2
        assert [each.revocation_reason for each in tx.grants.history("gra_1")] == [None, None]
        kept = [each.revocation_reason for each in tx.grants.history("gra_2")]
        assert kept == ["first", "second"]
        assert tx.grants.forget_reasons("cam_1") == 0


def test_requests_that_name_a_cameo_are_found(store: Store) -> None:
    beneath = ({"cameo_id": "cam_1", "note": None},)
    with store.write() as tx:
        tx.access_requests.add(samples.access_request(id="acr_1", asks=beneath))
        named = {"likenesses": [{"cameo_id": "cam_1"}]}
        tx.access_requests.add(samples.access_request(id="acr_2", request=named, asks=()))
        other = ({"cameo_id": "cam_2", "note": None},)
        tx.access_requests.add(samples.access_request(id="acr_3", asks=other))
        ended = samples.access_request(id="acr_4", asks=beneath, state=AccessState.DENIED)
        tx.access_requests.add(ended)
        found = tx.access_requests.naming("cam_1", limit=9)
        assert found == ["acr_1", "acr_2", "acr_4"]
        assert tx.access_requests.naming("cam_1", limit=9, after="acr_2") == ["acr_4"]
        found = tx.access_requests.naming("cam_1", pending=True, limit=9)
        assert found == ["acr_1", "acr_2"]
        assert tx.access_requests.naming("cam%", limit=9) == []


def test_unfinished_jobs_are_found_by_what_they_are_for(store: Store) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job(id="job_1", kind="verify", payload={"enrollment": "enr_1"}))
        tx.jobs.add(samples.job(id="job_2", kind="scan", payload={"enrollment": "enr_2"}))
        found = [
            tx.jobs.are_waiting(kinds, "enrollment", of)
            for kinds, of in (
                (("verify", "receive"), ["enr_0", "enr_1"]),
                (("verify",), ["enr_2"]),
                (("verify",), []),
                (("receive",), ["enr_1"]),
            )
        ]
        assert found == [True, False, False, False]
        job = tx.jobs.lease(("verify",), token="t", now=NOW + DAY, lease_for=DAY, at_most=5)
        assert job is not None
        assert tx.jobs.are_waiting(("verify",), "enrollment", ["enr_1"])
        tx.jobs.finish(job.id, token="t")
        assert not tx.jobs.are_waiting(("verify",), "enrollment", ["enr_1"])
