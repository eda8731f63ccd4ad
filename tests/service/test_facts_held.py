"""Facts in memory: what is dropped when, and what a thread may still rely on."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from cameo_service.facts.held import NOTHING, Basis, HeldFacts, Loaded, Missing
from cameo_service.facts.reading import Part
from cameo_service.facts.source import PartKey

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CAMEO: PartKey = ("cameo", "cam_1")
GRANT: PartKey = ("grant", "gra_1")


def part(value: object, *keys: str, since: int, ends: datetime | None = None) -> Part:
    return Part(value, keys, since, ends)


def loaded(
    basis: Basis,
    revision: int,
    parts: Mapping[PartKey, Part],
    *,
    touched: frozenset[str] | None = None,
) -> Loaded:
    return Loaded(basis, revision, touched, parts)


def holding(revision: int, parts: Mapping[PartKey, Part], *, most: int = 100) -> HeldFacts:
    held = HeldFacts(most=most)
    held.now = NOW
    held.take(loaded(held.basis(), revision, parts))
    return held


def both() -> dict[PartKey, Part]:
    return {
        CAMEO: part("cameo", "cameo:cam_1", "principal:user:ann", since=5),
        GRANT: part("grant", "grant:gra_1", "cameo:cam_1", since=5),
    }


def test_an_empty_memory_misses_everything() -> None:
    held = HeldFacts()
    assert held.revision == NOTHING
    with pytest.raises(Missing):
        held.value(CAMEO)


@pytest.mark.parametrize(
    ("touched", "left"),
    [
        ({"cameo:cam_1"}, set[PartKey]()),
        ({"grant:gra_1"}, {CAMEO}),
        ({"principal:user:ann", "use:use_1"}, {GRANT}),
        ({"cameo:cam_2"}, {CAMEO, GRANT}),
        (None, set[PartKey]()),
    ],
)
def test_what_was_touched_is_dropped(touched: set[str] | None, left: set[PartKey]) -> None:
    held = holding(5, both())
    seen = frozenset(touched) if touched is not None else None
    held.take(loaded(held.basis(), 6, {}, touched=seen))
    assert held.revision == 6
    for key in (CAMEO, GRANT):
        if key in left:
            assert held.value(key)
        else:
            with pytest.raises(Missing):
                held.value(key)


def test_parts_of_an_older_revision_come_too_late() -> None:
    held = holding(5, {})
    basis = held.basis()
    held.take(loaded(held.basis(), 7, {}, touched=frozenset({"cameo:cam_1"})))
    held.take(loaded(basis, 6, {CAMEO: part("old", "cameo:cam_1", since=6)}, touched=frozenset()))
    assert held.revision == 7
    with pytest.raises(Missing):
        held.value(CAMEO)


def test_what_a_thread_was_sent_with_counts_no_more_once_all_was_forgotten() -> None:
    held = holding(5, both())
    basis = held.basis()
    held.forget()
    held.take(loaded(basis, 5, both(), touched=frozenset()))
    assert held.revision == NOTHING
    assert len(held) == 0


def test_a_part_that_changes_by_itself_is_missed_from_then_on() -> None:
    ends = NOW + timedelta(seconds=1)
    held = holding(5, {GRANT: part("grant", "grant:gra_1", since=5, ends=ends)})
    assert held.value(GRANT) == "grant"
    held.now = ends
    with pytest.raises(Missing):
        held.value(GRANT)


def test_the_oldest_makes_room() -> None:
    parts: dict[PartKey, Part] = {
        ("grant", str(n)): part(n, f"grant:{n}", "cameo:cam_1", since=5) for n in range(5)
    }
    held = holding(5, parts, most=3)
    assert len(held) == 3
    assert held.value(("grant", "4")) == 4
    with pytest.raises(Missing):
        held.value(("grant", "1"))
    held.take(loaded(held.basis(), 6, {}, touched=frozenset({"cameo:cam_1"})))
    assert len(held) == 0
    assert held._resting_on == {}


def test_keys_that_nobody_has_take_no_room() -> None:
    held = holding(5, {("key", "ck_x"): part(None, "key:ck_x", since=5)})
    assert len(held) == 0


@pytest.mark.parametrize(
    ("since", "revision", "touched", "found"),
    [
        (5, 5, frozenset[str](), "grant"),
        (5, 8, frozenset({"grant:gra_2"}), "grant"),
        (5, 8, frozenset({"grant:gra_1"}), None),
        (5, 8, None, None),
        # the loop went on, and this part is of later than the thread's transaction
        (9, 8, frozenset[str](), None),
    ],
)
def test_a_thread_knows_only_what_is_surely_true_for_it(
    since: int, revision: int, touched: frozenset[str] | None, found: str | None
) -> None:
    known = Basis(5, {GRANT: part("grant", "grant:gra_1", since=since)}).known(
        GRANT, revision=revision, touched=touched, now=NOW
    )
    assert (None if known is None else known.value) == found


def test_a_thread_does_not_know_what_is_over_by_then() -> None:
    basis = Basis(5, {GRANT: part("grant", "grant:gra_1", since=5, ends=NOW)})
    assert basis.known(GRANT, revision=5, touched=frozenset(), now=NOW) is None
