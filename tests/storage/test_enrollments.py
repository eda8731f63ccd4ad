"""Which enrollments erasures and the retention schedule find and end, on both databases."""

from dataclasses import astuple, replace
from datetime import timedelta
from typing import Any

from storage.contracts import Store
from storage.records import EnrollmentState
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW

DAY = timedelta(days=1)
LATER = NOW + MINUTE


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
        found = tx.enrollments.of_cameo("cam_1").records
        assert [each.id for each in found] == ["enr_1", "enr_2", "enr_5"]
        taken = tx.enrollments.get("enr_5")
        # it went on to another cameo
        tx.enrollments.save(replace(taken, cameo_id="cam_9"))
        assert [each.id for each in tx.enrollments.of_cameo("cam_1").records] == ["enr_1", "enr_2"]
        assert tx.enrollments.of_cameo("cam_0") == ([], [])


EMPTIED_AS: dict[str, Any] = {
    "challenge": {},
    "client_secret_hash": "",
    "session_hash": None,
    "recording_blob": None,
    "recording_mime": None,
    "report": None,
    "last_error": None,
}


def test_enrollments_that_became_nothing_end_together(store: Store) -> None:
    """Of 70,000 no statement names as many values as a database takes."""
    early, late = NOW - DAY, NOW + DAY
    bare: dict[str, object] = {"report": None, "recording_blob": None, "cameo_id": None}
    accepted = {"text": 'Said \\ "accepted_at": \x00', "accepted_at": "2026-01-01"}
    emptied = {name: left for name, left in EMPTIED_AS.items() if name not in bare}
    given: dict[str, dict[str, object]] = {
        "enr_1": {"renews": None, "created_at": early},
        "enr_2": {"renews": None, "created_at": early, "state": EnrollmentState.EXPIRED},
        "enr_3": {"renews": None, "created_at": early, **emptied,
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
        # it says of itself that there is nothing left
        "enr_e": {"renews": None, "created_at": early, "client_secret_hash": ""},
    }  # fmt: skip
    with store.write() as tx:
        for id, fields in given.items():
            tx.enrollments.add(samples.enrollment(**{"id": id, **bare, **fields}))
        found = tx.enrollments.fruitless("user:alice", before=NOW, renews="cam_1")
        assert [astuple(each) for each in found] == [
            ("enr_1", False, False, False),
            ("enr_2", True, False, False),
            ("enr_3", True, False, False),
            ("enr_4", False, True, True),
            ("enr_5", False, False, False),
            ("enr_e", False, False, False),
        ]
        before = {id: tx.enrollments.get(id) for id in given}
        ended = tx.enrollments.end_fruitless("user:alice", before=NOW, renews="cam_1", now=LATER)
        assert ended == 5
        for id, was in before.items():
            left = tx.enrollments.get(id)
            if id not in {"enr_1", "enr_2", "enr_4", "enr_5", "enr_e"}:
                assert left == was
                continue
            over = was.state is EnrollmentState.EXPIRED
            assert left == replace(
                was,
                version=was.version + 1,
                state=EnrollmentState.EXPIRED if over else EnrollmentState.CANCELED,
                updated_at=LATER,
                **EMPTIED_AS,
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
