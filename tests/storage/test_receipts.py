"""Receipts, and the enrollments of a principal, on every database."""

from dataclasses import replace

import pytest

from storage.contracts import Store
from storage.errors import AlreadyExists
from storage.records import ReceiptRecord
from tests.storage import samples

RECEIPT = ReceiptRecord(
    id="rcp_1",
    use_id="use_1",
    cameo_id=None,
    statement="a.b.c",
    log_number=0,
    created_at=samples.NOW,
)


def test_receipts_come_back_in_the_order_of_the_log(store: Store) -> None:
    owners = replace(RECEIPT, id="rcp_0", cameo_id="cam_1", log_number=1)
    elsewhere = replace(RECEIPT, id="rcp_2", use_id="use_2", log_number=2)
    with store.write() as tx:
        for record in (elsewhere, owners, RECEIPT):
            tx.receipts.add(record)
        with pytest.raises(AlreadyExists):
            tx.receipts.add(RECEIPT)
    with store.read() as tx:
        assert tx.receipts.of_use("use_1") == [RECEIPT, owners]
        assert tx.receipts.of_use("use_9") == []
        assert tx.receipts.find("rcp_2") == elsewhere
        assert tx.receipts.find("rcp_9") is None


def test_a_principals_enrollments_come_page_by_page(store: Store) -> None:
    mine = [samples.enrollment(id=f"enr_{number}") for number in (3, 1, 2)]
    other = replace(samples.enrollment(id="enr_0"), principal="user:zoe")
    with store.write() as tx:
        for record in (*mine, other):
            tx.enrollments.add(record)
    me = mine[0].principal
    with store.read() as tx:
        first = tx.enrollments.of(me, limit=2)
        assert [each.id for each in first] == ["enr_1", "enr_2"]
        rest = tx.enrollments.of(me, limit=2, after=first[-1].id)
        assert [each.id for each in rest] == ["enr_3"]
        assert tx.enrollments.of("user:nobody", limit=2) == []
