"""Records go in and come out the same, on every database."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from storage.contracts import Store
from storage.errors import AlreadyExists, Conflict, NotFound, StorageError
from storage.records import AccessState, EnrollmentState
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW


def test_every_record_comes_back_as_it_went_in(store: Store) -> None:
    with store.write() as tx:
        tx.keys.add(samples.api_key())
        tx.enrollments.add(samples.enrollment())
        tx.cameos.add(samples.cameo())
        tx.policies.append(samples.policy())
        tx.grants.add(samples.grant())
        tx.permits.add(samples.permit())
        tx.jobs.add(samples.job())
        tx.characters.add(samples.character())
        tx.principals.add(samples.principal())
        tx.mandates.add(samples.mandate())
        tx.blocks.add(samples.block())
        tx.deployment.append(samples.deployment())
        tx.uses.add(samples.use())
        tx.access_requests.add(samples.access_request())
        tx.approvals.add(samples.approval())
        tx.inquiries.add([samples.inquiry()])
    with store.read() as tx:
        assert tx.keys.find("key_1") == samples.api_key()
        assert tx.enrollments.get("enr_1") == samples.enrollment()
        assert tx.cameos.get("cam_1") == tx.cameos.find("cam_1") == samples.cameo()
        assert tx.policies.current("cam_1") == samples.policy()
        assert tx.grants.get("gra_1") == samples.grant()
        assert tx.permits.get("per_1") == samples.permit()
        assert tx.jobs.get("job_1") == samples.job()
        assert tx.characters.get("cam_7") == tx.characters.find("cam_7") == samples.character()
        assert tx.principals.find("user:alice") == samples.principal()
        assert tx.mandates.get("man_1") == samples.mandate()
        assert tx.blocks.of("user:alice", limit=9) == [samples.block()]
        assert tx.deployment.current() == samples.deployment()
        assert tx.uses.get("use_1") == tx.uses.find("use_1") == samples.use()
        assert tx.access_requests.get("acr_1") == samples.access_request()
        assert tx.approvals.get("app_1") == samples.approval()
        assert [record for _, record in tx.inquiries.of_cameo("cam_1", limit=9)] == [
            samples.inquiry()
        ]


def test_optional_fields_come_back_empty(store: Store) -> None:
    bare = samples.enrollment(
        client_secret_spent_at=None,
        session_hash=None,
        recording_blob=None,
        recording_mime=None,
        report=None,
        last_error=None,
        cameo_id=None,
    )
    with store.write() as tx:
        tx.enrollments.add(bare)
        tx.cameos.add(samples.cameo(credential=None, credential_expires_at=None))
    with store.read() as tx:
        assert tx.enrollments.get("enr_1") == bare
        assert tx.cameos.get("cam_1").credential_expires_at is None


def test_a_moment_comes_back_in_utc_to_the_microsecond(store: Store) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with store.write() as tx:
        tx.cameos.add(samples.cameo(created_at=elsewhere))
    with store.read() as tx:
        stored = tx.cameos.get("cam_1").created_at
    assert (stored, stored.utcoffset()) == (NOW, timedelta(0))


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": NOW.replace(tzinfo=None)},
        {"owner": "user:\udc80"},
        {"version": 2**80},
    ],
    ids=["naive-time", "lone-surrogate", "huge-number"],
)
def test_what_a_column_cannot_hold_is_an_error_and_leaves_nothing(
    store: Store, change: dict[str, Any]
) -> None:
    def add_a_key_then_what_fails() -> None:
        with store.write() as tx:
            tx.keys.add(samples.api_key())
            tx.cameos.add(samples.cameo(**change))

    with pytest.raises(StorageError, match="a value cannot be stored"):
        add_a_key_then_what_fails()
    with store.read() as tx:
        assert tx.keys.find("key_1") is None


def test_a_document_holds_json_only(store: Store) -> None:
    for wrong in (float("nan"), {1, 2}):
        with pytest.raises(StorageError), store.write() as tx:
            tx.policies.append(samples.policy(document={"wrong": wrong}))


def test_a_taken_id_is_refused_and_the_transaction_goes_on(store: Store) -> None:
    with store.write() as tx:
        tx.keys.add(samples.api_key())
        tx.enrollments.add(samples.enrollment())
        tx.cameos.add(samples.cameo())
        tx.grants.add(samples.grant())
        tx.permits.add(samples.permit())
        tx.jobs.add(samples.job())
    with store.write() as tx:
        with pytest.raises(AlreadyExists):
            tx.keys.add(samples.api_key(name="other"))
        with pytest.raises(AlreadyExists):
            tx.enrollments.add(samples.enrollment(attempt=2))
        with pytest.raises(AlreadyExists):
            tx.cameos.add(samples.cameo(owner="user:mallory"))
        with pytest.raises(AlreadyExists):
            tx.grants.add(samples.grant(grantee="user:mallory"))
        with pytest.raises(AlreadyExists):
            tx.permits.add(samples.permit(requester="user:mallory"))
        with pytest.raises(AlreadyExists):
            tx.jobs.add(samples.job(kind="other"))
        tx.keys.add(samples.api_key(id="key_2"))
    with store.read() as tx:
        assert tx.cameos.get("cam_1") == samples.cameo()
        assert [key.id for key in tx.keys.list()] == ["key_1", "key_2"]


def test_a_missing_record_is_not_found(store: Store) -> None:
    with store.read() as tx:
        assert tx.keys.find("x") is None
        assert tx.cameos.find("x") is None
        for get in (
            tx.enrollments.get,
            tx.cameos.get,
            tx.policies.current,
            tx.grants.get,
            tx.grants.history,
            tx.permits.get,
            tx.jobs.get,
        ):
            with pytest.raises(NotFound, match="`x`"):
                get("x")
    with store.write() as tx:
        with pytest.raises(NotFound):
            tx.cameos.save(samples.cameo())
        with pytest.raises(NotFound):
            tx.grants.save(samples.grant())
        with pytest.raises(NotFound):
            tx.keys.revoke("x", now=NOW)


def test_a_save_needs_the_stored_version(store: Store) -> None:
    with store.write() as tx:
        tx.enrollments.add(samples.enrollment())
        saved = tx.enrollments.save(samples.enrollment(attempt=2))
        assert saved == samples.enrollment(attempt=2, version=2)
        for stale in (1, 3):
            with pytest.raises(Conflict):
                tx.enrollments.save(samples.enrollment(attempt=3, version=stale))
    with store.read() as tx:
        assert tx.enrollments.get("enr_1") == saved


def test_a_key_is_revoked_once(store: Store) -> None:
    with store.write() as tx:
        tx.keys.add(samples.api_key())
        tx.keys.revoke("key_1", now=NOW)
        tx.keys.revoke("key_1", now=NOW + MINUTE)
    with store.read() as tx:
        assert tx.keys.find("key_1") == samples.api_key(revoked_at=NOW)


def test_keys_are_listed_oldest_first(store: Store) -> None:
    with store.write() as tx:
        tx.keys.add(samples.api_key(id="key_a", created_at=NOW + timedelta(microseconds=1)))
        tx.keys.add(samples.api_key(id="key_b", created_at=NOW.replace(microsecond=0)))
        tx.keys.add(samples.api_key(id="key_c", created_at=NOW))
    with store.read() as tx:
        assert [key.id for key in tx.keys.list()] == ["key_b", "key_c", "key_a"]


def test_overdue_enrollments_come_oldest_first(store: Store) -> None:
    with store.write() as tx:
        for minutes in (3, 1, 2, 5):
            tx.enrollments.add(
                samples.enrollment(id=f"enr_{minutes}", expires_at=NOW + minutes * MINUTE)
            )
        tx.enrollments.add(
            samples.enrollment(id="enr_v", state=EnrollmentState.VERIFIED, expires_at=NOW)
        )
    with store.read() as tx:
        overdue = tx.enrollments.overdue(now=NOW + 3 * MINUTE, limit=9)
        assert [each.id for each in overdue] == ["enr_1", "enr_2", "enr_3"]
        assert len(tx.enrollments.overdue(now=NOW + 3 * MINUTE, limit=2)) == 2


def test_enrollments_awaiting_review_come_in_pages(store: Store) -> None:
    with store.write() as tx:
        for name in ("enr_b", "enr_C", "enr_a", "enr_D"):
            tx.enrollments.add(samples.enrollment(id=name, state=EnrollmentState.NEEDS_REVIEW))
        tx.enrollments.add(samples.enrollment(id="enr_0"))
    with store.read() as tx:
        first = tx.enrollments.awaiting_review(limit=3)
        rest = tx.enrollments.awaiting_review(limit=3, after=first[-1].id)
    # by code point, whatever the database's locale
    assert [each.id for each in first + rest] == ["enr_C", "enr_D", "enr_a", "enr_b"]


def test_cameos_of_an_owner_come_oldest_first(store: Store) -> None:
    with store.write() as tx:
        tx.cameos.add(samples.cameo(id="cam_a", created_at=NOW + MINUTE))
        tx.cameos.add(samples.cameo(id="cam_b"))
        tx.cameos.add(samples.cameo(id="cam_c", owner="user:bob"))
    with store.read() as tx:
        assert [each.id for each in tx.cameos.owned_by("user:alice")] == ["cam_b", "cam_a"]
        assert tx.cameos.owned_by("user:nobody") == []


def test_policy_versions_are_appended_without_a_gap(store: Store) -> None:
    second = samples.policy(version=2, document={})
    with store.write() as tx:
        with pytest.raises(Conflict):
            tx.policies.append(second)
        tx.policies.append(samples.policy())
        tx.policies.append(second)
        for wrong in (1, 2, 4):
            with pytest.raises(Conflict):
                tx.policies.append(replace(second, version=wrong))
    with store.read() as tx:
        assert tx.policies.current("cam_1") == second
        assert tx.policies.history("cam_1", limit=9) == [samples.policy(), second]
        assert tx.policies.history("cam_1", limit=1) == [samples.policy()]
        assert tx.policies.history("cam_1", limit=9, after=1) == [second]
        assert tx.policies.history("cam_2", limit=9) == []


def test_a_grant_keeps_its_history(store: Store) -> None:
    changed = samples.grant(terms={})
    with store.write() as tx:
        tx.grants.add(samples.grant())
        second = tx.grants.save(changed)
        third = tx.grants.save(replace(second, revoked_at=NOW, revocation_reason="enough"))
        with pytest.raises(Conflict):
            tx.grants.save(second)
    with store.read() as tx:
        assert tx.grants.get("gra_1") == third
        assert tx.grants.history("gra_1") == [samples.grant(), second, third]


def test_grants_are_found_by_party_and_by_cameo(store: Store) -> None:
    with store.write() as tx:
        tx.grants.add(samples.grant(id="gra_3"))
        tx.grants.add(samples.grant(id="gra_1"))
        tx.grants.add(samples.grant(id="gra_2", revoked_at=NOW))
        tx.grants.add(samples.grant(id="gra_4", grantee="user:carol"))
        tx.grants.add(samples.grant(id="gra_5", cameo_id="cam_2"))
    with store.read() as tx:
        between = tx.grants.between("cam_1", "user:bob")
        first = tx.grants.on_cameo("cam_1", limit=3)
        rest = tx.grants.on_cameo("cam_1", limit=3, after=first[-1].id)
    assert [each.id for each in between] == ["gra_1", "gra_3"]
    assert [each.id for each in first] == ["gra_1", "gra_2", "gra_3"]
    assert [each.id for each in rest] == ["gra_4"]


def test_revoking_ends_the_living_permits_that_rest_on_a_key(store: Store) -> None:
    permits: list[dict[str, Any]] = [
        {"id": "per_2"},
        {"id": "per_1"},
        {"id": "per_past", "expires_at": NOW + MINUTE / 2},
        {"id": "per_other", "rests_on": ("cameo:cam_1", "cameo:cam_1")},
        {"id": "per_bare", "rests_on": ()},
    ]
    with store.write() as tx:
        for index, changes in enumerate(permits):
            tx.permits.add(samples.permit(status_index=index, **changes))
    later = NOW + MINUTE / 2
    with store.write() as tx:
        assert tx.permits.revoke_resting_on("grant:gra_1", now=later) == ["per_1", "per_2"]
        assert tx.permits.revoke_resting_on("grant:gra_1", now=later) == []
        assert tx.permits.revoke_resting_on("cameo:cam_1", now=later) == ["per_other"]
    with store.read() as tx:
        assert tx.permits.get("per_1") == samples.permit(
            id="per_1", status_index=1, revoked_at=later
        )
        assert tx.permits.get("per_past").revoked_at is None
        assert tx.permits.get("per_bare").revoked_at is None


def test_revoking_takes_many_keys_at_once(store: Store) -> None:
    keys = [f"between:user:ann:user:{n}" for n in range(1_200)]
    with store.write() as tx:
        for index, key in enumerate((keys[0], keys[600], keys[-1], "grant:gra_1")):
            tx.permits.add(
                samples.permit(id=f"per_{index}", status_index=index, rests_on=(key, keys[1]))
                if index < 3
                else samples.permit(id="per_other", status_index=index, rests_on=(key,))
            )
    with store.write() as tx:
        ended = tx.permits.revoke_resting_on(*keys, now=NOW)
        assert ended == ["per_0", "per_1", "per_2"]
        assert tx.permits.revoke_resting_on(now=NOW) == []
        assert tx.permits.get("per_other").revoked_at is None


def test_a_repeated_request_meets_the_first_one(store: Store) -> None:
    answered = samples.idempotency(status=201, body=b"\x00{}")
    with store.write() as tx:
        assert tx.idempotency.begin(samples.idempotency()) is None
        assert tx.idempotency.begin(samples.idempotency(fingerprint="x")) == samples.idempotency()
        assert tx.idempotency.begin(samples.idempotency(caller="key_2")) is None
    with store.write() as tx:
        tx.idempotency.finish(answered)
        with pytest.raises(NotFound):
            tx.idempotency.finish(samples.idempotency(caller="key_3", status=201))
        with pytest.raises(NotFound):
            tx.idempotency.finish(replace(answered, status=500))
    with store.write() as tx:
        assert tx.idempotency.begin(samples.idempotency()) == answered
        assert tx.idempotency.begin(samples.idempotency(caller="key_3")) is None


def test_old_answers_are_swept(store: Store) -> None:
    with store.write() as tx:
        tx.idempotency.begin(samples.idempotency(key="old", created_at=NOW - MINUTE))
        tx.idempotency.begin(samples.idempotency(key="new"))
        assert tx.idempotency.sweep(before=NOW) == 1
        assert tx.idempotency.begin(samples.idempotency(key="new")) is not None


def test_what_waits_for_an_answer_is_counted_by_requester(store: Store) -> None:
    states = (AccessState.PENDING, AccessState.PENDING, AccessState.WITHDRAWN)
    with store.write() as tx:
        for number, state in enumerate(states):
            made = samples.access_request(id=f"acr_{number}", state=state)
            tx.access_requests.add(replace(made, expires_at=NOW + MINUTE * (number + 1)))
        tx.access_requests.add(samples.access_request(id="acr_9", requester="user:eve"))
    with store.read() as tx:
        assert tx.access_requests.waiting("user:bob", now=NOW) == 2
        assert tx.access_requests.waiting("user:bob", now=NOW + MINUTE) == 1
        assert tx.access_requests.waiting("user:eve", now=NOW) == 1
        assert tx.access_requests.waiting("user:tom", now=NOW) == 0
