"""What erasures and the retention schedule find and destroy, on both databases."""

from dataclasses import astuple, replace
from datetime import timedelta

import pytest

from permissions.facts import CameoStatus
from storage.contracts import Store
from storage.errors import AlreadyExists, NotFound
from storage.records import (
    AccessState,
    Destroyed,
    EnrollmentState,
    ErasureRecord,
    ErasureTellingRecord,
    JobState,
    SampleRecord,
)
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

DAY = timedelta(days=1)
LATER = NOW + MINUTE


def erasure(**changes: object) -> ErasureRecord:
    fields: dict[str, object] = {
        "id": "era_1",
        "version": 1,
        "cameo_id": "cam_1",
        "owner": "user:alice",
        "requested_by": "user:alice",
        "requested_at": NOW,
        "destroyed": {"templates": 2},
    }
    return ErasureRecord(**{**fields, **changes})  # type: ignore[arg-type]  # as given


def test_what_lies_under_a_key_is_counted_as_it_is_destroyed(store: Store) -> None:
    still = SampleRecord(
        cameo_id="cam_1",
        modality="face",
        position=0,
        media_type="image/png",
        content=b"still",
        created_at=NOW,
    )
    with store.write() as tx:
        tx.templates.put([samples.template(), samples.template(modality="voice")])
        tx.templates.keep_samples("cam_1", [still])
        assert tx.templates.destroy("cam_1") == Destroyed(templates=2, samples=1, keys=1)
        assert tx.templates.destroy("cam_1") == Destroyed(templates=0, samples=0, keys=0)


def test_the_enrollments_of_a_cameo_are_its_owners_and_no_others(store: Store) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id="cam_1", owner="user:alice", enrollment_id="enr_5"))
        for id, fields in {
            "enr_1": {"cameo_id": "cam_1"},
            "enr_2": {"renews": "cam_1"},
            "enr_3": {"cameo_id": "cam_2"},
            "enr_4": {"cameo_id": "cam_1", "principal": "user:mallory"},
            "enr_5": {},
            "enr_6": {},
        }.items():
            tx.enrollments.add(
                samples.enrollment(
                    **{"id": id, "principal": "user:alice", "cameo_id": None, **fields}
                )
            )
        assert [each.id for each in tx.enrollments.of_cameo("cam_1")] == ["enr_1", "enr_2", "enr_5"]
        taken = tx.enrollments.get("enr_5")
        # it went on to another cameo
        tx.enrollments.save(samples.enrollment(**{**_fields(taken), "cameo_id": "cam_9"}))
        assert [each.id for each in tx.enrollments.of_cameo("cam_1")] == ["enr_1", "enr_2"]
        assert tx.enrollments.of_cameo("cam_0") == []


def test_enrollments_that_became_nothing_end_together(store: Store) -> None:
    """Of 70,000 no statement names as many values as a database takes."""
    early, late = NOW - DAY, NOW + DAY
    bare: dict[str, object] = {"report": None, "recording_blob": None, "cameo_id": None}
    accepted = {"text": 'Said \\ "accepted_at": \x00', "accepted_at": "2026-01-01"}
    given: dict[str, dict[str, object]] = {
        "enr_1": {"renews": None, "created_at": early},
        "enr_2": {"renews": None, "created_at": early, "state": EnrollmentState.EXPIRED},
        "enr_3": {"renews": None, "created_at": early, "client_secret_hash": "",
                  "state": EnrollmentState.CANCELED},
        "enr_4": {"renews": None, "created_at": early, "recording_blob": "r",
                  "state": EnrollmentState.PROCESSING, "statement": accepted},
        "enr_5": {"renews": "cam_1", "created_at": late},
        "enr_6": {"renews": "cam_1", "created_at": late, "report": {"checks": []}},
        "enr_7": {"renews": "cam_1", "created_at": late, "statement": accepted},
        "enr_8": {"renews": "cam_1", "state": EnrollmentState.NEEDS_REVIEW},
        "enr_a": {"renews": None, "created_at": late},
        "enr_b": {"renews": "cam_2", "created_at": early},
        "enr_c": {"renews": None, "created_at": early, "principal": "user:zoe"},
        "enr_d": {"renews": None, "created_at": early, "cameo_id": "cam_1"},
    }  # fmt: skip
    with store.write() as tx:
        for id, fields in given.items():
            tx.enrollments.add(samples.enrollment(**{"id": id, **bare, **fields}))
        found = tx.enrollments.fruitless("user:alice", before=NOW, renews="cam_1")
        assert [astuple(each) for each in found] == [
            ("enr_1", False, False, False, False),
            ("enr_2", True, False, False, False),
            ("enr_3", True, True, False, False),
            ("enr_4", False, False, True, True),
            ("enr_5", False, False, False, False),
        ]
        before = {id: tx.enrollments.get(id) for id in given}
        ended = tx.enrollments.end_fruitless("user:alice", before=NOW, renews="cam_1", now=LATER)
        assert ended == 4
        for id, was in before.items():
            left = tx.enrollments.get(id)
            if id not in {"enr_1", "enr_2", "enr_4", "enr_5"}:
                assert left == was
                continue
            over = was.state is EnrollmentState.EXPIRED
            assert left == replace(
                was,
                version=was.version + 1,
                state=EnrollmentState.EXPIRED if over else EnrollmentState.CANCELED,
                challenge={},
                client_secret_hash="",
                session_hash=None,
                recording_blob=None,
                recording_mime=None,
                report=None,
                last_error=None,
                updated_at=LATER,
            )


def test_who_has_how_many_enrollments_under_way(store: Store) -> None:
    with store.write() as tx:
        given: dict[str, dict[str, object]] = {
            "enr_1": {"expires_at": LATER},
            "enr_2": {"expires_at": NOW},
            "enr_3": {"expires_at": NOW, "state": EnrollmentState.PROCESSING},
            "enr_4": {"expires_at": NOW, "state": EnrollmentState.NEEDS_REVIEW},
            "enr_5": {"expires_at": LATER, "state": EnrollmentState.CANCELED},
            "enr_6": {"expires_at": LATER, "principal": "user:zoe"},
        }
        for id, fields in given.items():
            tx.enrollments.add(samples.enrollment(id=id, **fields))
        assert tx.enrollments.unfinished("user:alice", now=NOW) == 3


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


def _fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}  # type: ignore[attr-defined]  # a record


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


def test_enrollments_are_found_by_their_age(store: Store) -> None:
    with store.write() as tx:
        for id, state in (
            ("enr_1", EnrollmentState.NEEDS_REVIEW),
            ("enr_2", EnrollmentState.VERIFIED),
            ("enr_3", EnrollmentState.REQUIRES_INPUT),
            ("enr_4", EnrollmentState.CANCELED),
        ):
            tx.enrollments.add(samples.enrollment(id=id, state=state, updated_at=NOW))
        tx.enrollments.add(
            samples.enrollment(
                id="enr_5", state=EnrollmentState.EXPIRED, updated_at=NOW, client_secret_hash=""
            )
        )
        assert tx.enrollments.unreviewed(before=NOW, limit=9) == []
        assert tx.enrollments.ended(before=NOW, limit=9) == []
        later = NOW + MINUTE
        assert [each.id for each in tx.enrollments.unreviewed(before=later, limit=9)] == ["enr_1"]
        ended = [each.id for each in tx.enrollments.ended(before=later, limit=9)]
        assert ended == ["enr_2", "enr_4"]
        assert len(tx.enrollments.ended(before=later, limit=1)) == 1


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


def test_erasures_are_kept_told_confirmed_and_swept(store: Store) -> None:
    with store.write() as tx:
        tx.erasures.add(erasure())
        with pytest.raises(AlreadyExists):
            tx.erasures.add(erasure(id="era_2"))
        for holder in ("app:b", "app:a"):
            tx.erasures.tell(
                ErasureTellingRecord(
                    erasure_id="era_1", holder=holder, disclosures=("dis_1",), told_at=NOW
                )
            )
        assert [each.holder for each in tx.erasures.tellings("era_1")] == ["app:a", "app:b"]
        first = tx.erasures.confirm("era_1", "app:a", by="ck_1", now=NOW)
        assert tx.erasures.confirm("era_1", "app:a", by="ck_2", now=NOW + DAY) == first
        assert tx.erasures.told("app:a", unconfirmed=True, limit=9) == []
        assert len(tx.erasures.told("app:a", unconfirmed=False, limit=9)) == 1
        assert [each.id for each in tx.erasures.open(before=NOW + DAY, limit=9)] == ["era_1"]
        assert tx.erasures.sweep(before=NOW + DAY, limit=9) == 0
        done = tx.erasures.save(erasure(completed_at=NOW, certificate="a.b.c", log_number=0))
        assert tx.erasures.of_cameo("cam_1") == done
        assert tx.erasures.open(before=NOW + DAY, limit=9) == []
        assert tx.erasures.sweep(before=NOW, limit=9) == 0
        assert tx.erasures.sweep(before=NOW + DAY, limit=9) == 1
        assert (tx.erasures.find("era_1"), tx.erasures.tellings("era_1")) == (None, [])


def test_open_erasures_come_oldest_first_page_by_page(store: Store) -> None:
    moments = {"era_a": 3, "era_b": 1, "era_c": 1, "era_d": 2}
    with store.write() as tx:
        for id, days in moments.items():
            tx.erasures.add(erasure(id=id, cameo_id=f"cam_{id}", requested_at=NOW + days * DAY))
        first = tx.erasures.open(before=NOW + 9 * DAY, limit=2)
        assert [each.id for each in first] == ["era_b", "era_c"]
        rest = tx.erasures.open(before=NOW + 9 * DAY, limit=9, after=first[-1])
        assert [each.id for each in rest] == ["era_d", "era_a"]
        between = tx.erasures.open(before=NOW + 9 * DAY, limit=9, after=first[0])
        assert [each.id for each in between] == ["era_c", "era_d", "era_a"]
        assert [each.id for each in tx.erasures.open(before=NOW + 2 * DAY, limit=9)] == [
            "era_b",
            "era_c",
        ]


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
