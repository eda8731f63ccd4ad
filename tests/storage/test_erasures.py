"""Erasures as they are stored, and what they destroy, on both databases."""

from datetime import timedelta

import pytest

from storage.contracts import Store
from storage.errors import AlreadyExists
from storage.records import (
    Destroyed,
    ErasureRecord,
    ErasureTellingRecord,
    SampleRecord,
)
from tests.storage import samples
from tests.storage.samples import NOW

DAY = timedelta(days=1)


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
