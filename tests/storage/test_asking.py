"""Access requests, one-off approvals, and who asked about whom."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import date, timedelta

import pytest

from storage.collections.inquiries import place_of
from storage.contracts import Store
from storage.errors import AlreadyExists, Conflict, MalformedCursor, NotFound, StorageError
from storage.records import AccessState
from tests.storage import samples
from tests.storage.samples import MINUTE, NOW


def test_a_request_is_added_once_and_saved_over_its_version(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(NotFound):
            tx.access_requests.get("acr_1")
        with pytest.raises(NotFound):
            tx.access_requests.save(samples.access_request())
        tx.access_requests.add(samples.access_request())
        with pytest.raises(AlreadyExists):
            tx.access_requests.add(samples.access_request(asked=("user:mallory",)))
        saved = tx.access_requests.save(samples.access_request(message="please"))
        for stale in (1, 3):
            with pytest.raises(Conflict):
                tx.access_requests.save(samples.access_request(version=stale))
        with pytest.raises(StorageError, match="asks"):
            tx.access_requests.save(replace(saved, asked=("user:mallory",)))
    with store.read() as tx:
        assert tx.access_requests.get("acr_1") == saved
        assert tx.access_requests.to("user:mallory", pending=False, limit=9) == []
        assert tx.access_requests.to("deployment", pending=True, limit=9) == [saved]


def test_requests_are_found_by_who_asks_and_who_is_asked(store: Store) -> None:
    with store.write() as tx:
        for id in ("acr_d", "acr_b", "acr_a", "acr_c"):
            tx.access_requests.add(samples.access_request(id=id))
        tx.access_requests.add(
            samples.access_request(id="acr_0", requester="user:eve", asked=("user:carol",) * 2)
        )
        tx.access_requests.save(samples.access_request(id="acr_b", state=AccessState.DENIED))
    with store.read() as tx:
        mine = tx.access_requests.of("user:bob", limit=3)
        more = tx.access_requests.of("user:bob", limit=3, after=mine[-1].id)
        assert [each.id for each in mine + more] == ["acr_a", "acr_b", "acr_c", "acr_d"]
        for asked in ("user:alice", "deployment"):
            first = tx.access_requests.to(asked, pending=False, limit=3)
            rest = tx.access_requests.to(asked, pending=False, limit=3, after=first[-1].id)
            assert [each.id for each in first + rest] == ["acr_a", "acr_b", "acr_c", "acr_d"]
            first = tx.access_requests.to(asked, pending=True, limit=2)
            rest = tx.access_requests.to(asked, pending=True, limit=2, after=first[-1].id)
            assert [each.id for each in first + rest] == ["acr_a", "acr_c", "acr_d"]
        alone = tx.access_requests.to("user:carol", pending=True, limit=9)
        assert [each.id for each in alone] == ["acr_0"]


def test_a_pending_request_is_found_by_its_reference(store: Store) -> None:
    with store.write() as tx:
        tx.access_requests.add(samples.access_request())
        assert tx.access_requests.pending("user:bob", "hash") == samples.access_request()
        assert tx.access_requests.pending("user:eve", "hash") is None
        assert tx.access_requests.pending("user:bob", "other") is None
        tx.access_requests.save(samples.access_request(state=AccessState.WITHDRAWN))
        assert tx.access_requests.pending("user:bob", "hash") is None


def test_overdue_requests_come_oldest_first(store: Store) -> None:
    with store.write() as tx:
        for minutes in (3, 1, 2, 5):
            tx.access_requests.add(
                samples.access_request(id=f"acr_{minutes}", expires_at=NOW + minutes * MINUTE)
            )
        tx.access_requests.add(samples.access_request(id="acr_x", state=AccessState.APPROVED))
    with store.read() as tx:
        overdue = tx.access_requests.overdue(now=NOW + 3 * MINUTE, limit=9)
        assert [each.id for each in overdue] == ["acr_1", "acr_2", "acr_3"]
        assert len(tx.access_requests.overdue(now=NOW + 3 * MINUTE, limit=2)) == 2


def test_standing_approvals_are_neither_revoked_nor_past(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(NotFound):
            tx.approvals.get("app_1")
        for id in ("app_3", "app_1", "app_2"):
            tx.approvals.add(samples.approval(id=id))
        with pytest.raises(AlreadyExists):
            tx.approvals.add(samples.approval(requester="user:mallory"))
        tx.approvals.add(samples.approval(id="app_4", not_after=NOW, access_request_id=None))
        tx.approvals.add(samples.approval(id="app_5", requester="user:eve"))
        revoked = tx.approvals.save(samples.approval(id="app_2", revoked_at=NOW))
        with pytest.raises(Conflict):
            tx.approvals.save(samples.approval(id="app_2"))
        with pytest.raises(NotFound):
            tx.approvals.save(samples.approval(id="x"))
    with store.read() as tx:
        assert tx.approvals.get("app_2") == revoked
        assert tx.approvals.get("app_4").access_request_id is None
        assert [each.id for each in tx.approvals.standing("user:bob", now=NOW)] == [
            "app_1",
            "app_3",
        ]
        assert tx.approvals.standing("user:bob", now=NOW + MINUTE) == []


def test_the_approvals_on_a_cameo_are_all_there_in_order(store: Store) -> None:
    with store.write() as tx:
        for id in ("app_3", "app_1", "app_2"):
            tx.approvals.add(samples.approval(id=id))
        tx.approvals.add(samples.approval(id="app_0", cameo_id="cam_other"))
        tx.approvals.save(samples.approval(id="app_2", revoked_at=NOW))
    with store.read() as tx:
        on_it = samples.approval().cameo_id
        first = tx.approvals.of_cameo(on_it, limit=2)
        assert [each.id for each in first] == ["app_1", "app_2"]
        rest = tx.approvals.of_cameo(on_it, limit=2, after="app_2")
        assert [each.id for each in rest] == ["app_3"]


def test_counts_of_a_day_are_added_up(store: Store) -> None:
    earlier = samples.inquiry(permitted=1, refused=5, last_at=NOW - MINUTE)
    later = samples.inquiry(permitted=2, refused=0, last_at=NOW + MINUTE)
    with store.write() as tx:
        tx.inquiries.add([samples.inquiry(), earlier])
    with store.write() as tx:
        tx.inquiries.add([later, samples.inquiry(action="tag"), samples.inquiry(caller="app:b")])
        tx.inquiries.add([])
    with store.read() as tx:
        found = [record for _, record in tx.inquiries.of_cameo("cam_1", limit=9)]
    assert sorted(found, key=lambda each: (each.action, each.caller)) == [
        samples.inquiry(caller="app:b"),
        samples.inquiry(permitted=6, refused=6, last_at=NOW + MINUTE),
        samples.inquiry(action="tag"),
    ]


def test_inquiries_come_in_pages_the_latest_day_first(store: Store) -> None:
    days = [date(2026, 3, 4) - timedelta(days=back) for back in (40, 0, 1)]
    added = [
        samples.inquiry(day=day, requester=requester, caller=caller, action=action)
        for day in days
        for requester in ("user:a", "user:ß")
        for caller in ("app:x", "app:y")
        for action in ("generate", "tag")
    ]
    with store.write() as tx:
        tx.inquiries.add([*added, samples.inquiry(cameo_id="cam_2")])
    found, cursor = [], None
    with store.read() as tx:
        while page := tx.inquiries.of_cameo("cam_1", limit=5, after=cursor):
            assert len(page) <= 5
            found += [record for _, record in page]
            cursor = page[-1][0]
    assert [each.day for each in found] == sorted((each.day for each in added), reverse=True)
    assert len(found) == len(added) == 24
    assert all(each in found for each in added)


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "ä", "!!!!", "bm90IGpzb24"),
        *(
            urlsafe_b64encode(json.encode()).decode().rstrip("=")
            for json in (
                *("null", "7", "{}", "[]", '["2026-03-04"]', '["2026-03-04", "a", "b", 7]'),
                *('["2026-13-04", "a", "b", "c"]', '["2026-03-04", "a", "b", "c", "d"]'),
                *('["2026-03-04", "a\\u0000", "b", "c"]', "[" * 5000),
                *('["2026-03-04", "a\\ud800", "b", "c"]', '["2026-03-04", "a", "b",  "c"]'),
            )
        ),
    ],
)
def test_a_cursor_that_the_list_never_gave_is_refused(cursor: str) -> None:
    with pytest.raises(MalformedCursor):
        place_of(cursor)
