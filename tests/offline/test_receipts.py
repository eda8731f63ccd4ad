"""Receipts whose every signature stands, and which contradict themselves."""

import pytest

from cameo_service.offline.receipts import ReceiptNotProven, verify_receipt
from tests.offline.archives import Maker


def test_what_the_entry_says_of_the_use_is_what_the_statement_says() -> None:
    maker = Maker()
    assert verify_receipt(maker.receipt(), maker.trusted).entry.kind == "use.reported"
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt(maker.receipt(status="published"), maker.trusted)
    assert (refused.value.part, refused.value.code) == ("proof.entry", "receipt_contradicts_itself")


def test_the_event_commits_to_this_statement_and_no_other_of_the_same_receipt() -> None:
    maker = Maker()
    another = maker.receipt(audience="user:ben")["statement"]
    with pytest.raises(ReceiptNotProven) as refused:
        verify_receipt({**maker.receipt(), "statement": another}, maker.trusted)
    assert (refused.value.part, refused.value.code) == ("opening", "receipt_contradicts_itself")
