"""The queue: leases, tokens, burial, and several workers at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.contracts import Store, Transaction
from storage.errors import Conflict, NotFound
from storage.records import JobRecord, JobState
from tests.storage import samples
from tests.storage.conftest import OpenStore
from tests.storage.samples import MINUTE, NOW

AT_MOST = 5


def lease(tx: Transaction, worker: str = "t", minutes: int = 0) -> JobRecord | None:
    return tx.jobs.lease(
        ("verify",), token=worker, now=NOW + minutes * MINUTE, lease_for=MINUTE, at_most=AT_MOST
    )


def test_the_oldest_due_job_of_the_kinds_is_leased(store: Store) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job(id="job_future", run_after=NOW + MINUTE))
        tx.jobs.add(samples.job(id="job_second"))
        tx.jobs.add(samples.job(id="job_first", run_after=NOW - MINUTE))
        tx.jobs.add(samples.job(id="job_other", kind="sweep", run_after=NOW - 2 * MINUTE))
    with store.write() as tx:
        assert tx.jobs.waiting() == 4
        first, second, none = lease(tx), lease(tx), lease(tx)
        assert tx.jobs.lease((), token="t", now=NOW, lease_for=MINUTE, at_most=AT_MOST) is None
    assert none is None
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("job_first", "job_second")
    assert (first.state, first.attempts, first.lease_token) == (JobState.RUNNING, 1, "t")
    assert first.leased_until == NOW + MINUTE
    with store.read() as tx:
        assert tx.jobs.get("job_first") == first
        assert tx.jobs.waiting() == 4


def test_a_lease_that_ran_out_is_handed_out_again_and_fences_the_former_holder(
    store: Store,
) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job())
        lease(tx, "slow")
    with store.write() as tx:
        again = lease(tx, "quick", minutes=1)
        assert again is not None
        assert again.attempts == 2
        with pytest.raises(Conflict):
            tx.jobs.finish("job_1", token="slow")
        with pytest.raises(Conflict):
            tx.jobs.renew("job_1", token="slow", now=NOW, lease_for=MINUTE)
        with pytest.raises(Conflict):
            tx.jobs.fail("job_1", token="slow", error="late", retry_at=None)
        tx.jobs.finish("job_1", token="quick")
        with pytest.raises(Conflict):
            tx.jobs.finish("job_1", token="quick")
        with pytest.raises(NotFound):
            tx.jobs.finish("job_2", token="quick")
    with store.read() as tx:
        done = tx.jobs.get("job_1")
        assert (done.state, done.lease_token, done.leased_until) == (JobState.DONE, None, None)
        assert tx.jobs.waiting() == 0


def test_a_renewed_lease_lasts_longer(store: Store) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job())
        lease(tx)
        tx.jobs.renew("job_1", token="t", now=NOW + MINUTE / 2, lease_for=MINUTE)
        assert lease(tx, "other", minutes=1) is None
        assert lease(tx, "other", minutes=2) is not None


def test_a_failed_job_waits_for_its_time_or_is_buried(store: Store) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job())
        lease(tx)
        tx.jobs.fail("job_1", token="t", error="decoder crashed", retry_at=NOW + 2 * MINUTE)
        assert lease(tx, minutes=1) is None
        again = lease(tx, minutes=2)
        assert again is not None
        assert (again.attempts, again.error) == (2, "decoder crashed")
        tx.jobs.fail("job_1", token="t", error="no use", retry_at=None)
        assert lease(tx, minutes=9) is None
        assert [job.id for job in tx.jobs.buried(("verify",), limit=9)] == ["job_1"]
        assert tx.jobs.get("job_1").error == "no use"


def test_a_job_that_never_ends_is_buried(store: Store) -> None:
    with store.write() as tx:
        tx.jobs.add(samples.job(id="job_deadly"))
        for attempt in range(AT_MOST):
            deadly = lease(tx, minutes=attempt)
            assert deadly is not None
            assert deadly.attempts == attempt + 1
        tx.jobs.add(samples.job(id="job_next", run_after=NOW + MINUTE))
        following = lease(tx, minutes=AT_MOST)
        assert following is not None
        assert following.id == "job_next"
    with store.read() as tx:
        (dead,) = tx.jobs.buried(("verify",), limit=9)
        assert (dead.id, dead.state) == ("job_deadly", JobState.DEAD)
        assert dead.error == "leased as often as is allowed, without an end"
        assert tx.jobs.buried(("sweep",), limit=9) == []
        assert tx.jobs.buried(("verify",), limit=9, after="job_deadly") == []
        assert tx.jobs.waiting() == 1


def test_four_workers_never_get_one_job_twice(store: Store, opened: OpenStore) -> None:
    with store.write() as tx:
        for number in range(20):
            tx.jobs.add(samples.job(id=f"job_{number}"))

    def work(token: str) -> list[str]:
        mine = opened()
        taken: list[str] = []
        while True:
            with mine.write() as tx:
                job = lease(tx, token)
            if job is None:
                return taken
            taken.append(job.id)
            with mine.write() as tx:
                tx.jobs.finish(job.id, token=token)

    with ThreadPoolExecutor(4) as threads:
        taken = [job for jobs in threads.map(work, "abcd") for job in jobs]
    assert sorted(taken) == sorted(f"job_{number}" for number in range(20))
