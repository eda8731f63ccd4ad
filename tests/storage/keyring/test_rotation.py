"""Keys of the ring are published, sign, and are followed by others."""

from datetime import timedelta

from storage.keyring.schedule import ROTATED, Status, status_of
from storage.keys import Purpose
from tests.storage.conftest import OpenStore
from tests.storage.keyring.world import NOON, World, kid_of, kids


def test_a_new_key_is_published_before_it_signs_everywhere(world: World, opened: OpenStore) -> None:
    here = world.prepared()
    there = world.ring(opened())
    old = kid_of(there)
    (new,) = here.rotate([Purpose.PERMIT])
    assert kid_of(here) == kid_of(there) == old
    assert new.kid in kids(here)
    world.advance(6)  # past the refresh
    assert new.kid in kids(there)
    assert kid_of(there) == old
    world.advance(30)
    assert kid_of(here) == kid_of(there) == new.kid
    assert old in kids(there)
    assert world.heard.events[-2:] == [("retired", old), ("certified", new.kid)]
    others = set(Purpose) - {Purpose.PERMIT}
    assert {kid_of(here, each) for each in others} == {kid_of(there, each) for each in others}


def test_a_key_is_next_then_current_then_retired(world: World) -> None:
    ring = world.prepared()

    def statuses() -> list[str]:
        keys = ring.certified()
        return [
            status_of(key, keys, world.now).value for key in keys if key.purpose is Purpose.PERMIT
        ]

    assert statuses() == ["current"]
    ring.rotate([Purpose.PERMIT])
    assert statuses() == ["current", "next"]
    world.advance(31)
    assert statuses() == [Status.RETIRED, Status.CURRENT]
    (first, _) = [key for key in ring.certified() if key.purpose is Purpose.PERMIT]
    assert first.retired_at == NOON


def test_keys_are_rotated_when_they_are_old_and_once_for_all(
    world: World, opened: OpenStore
) -> None:
    here, there = world.prepared(), world.ring(opened())
    every = timedelta(days=90)
    world.advance(89 * 86_400)
    assert here.rotate_due(every=every) == []
    world.advance(86_401)
    there.certified()
    made = here.rotate_due(every=every)
    assert [key.purpose for key in made] == list(ROTATED)
    assert Purpose.LOG not in ROTATED
    assert there.rotate_due(every=every) == here.rotate_due(every=every) == []
    world.advance(31)
    assert {kid_of(there, purpose) for purpose in ROTATED} == {key.kid for key in made}


def test_the_logs_key_is_rotated_by_name(world: World) -> None:
    ring = world.prepared()
    (new,) = ring.rotate([Purpose.LOG])
    world.advance(31)
    assert kid_of(ring, Purpose.LOG) == new.kid


def test_a_clock_that_is_behind_has_a_key_too(world: World) -> None:
    kid = kid_of(world.prepared())
    world.now -= timedelta(minutes=1)
    assert kid_of(world.prepared()) == kid
