"""Whose turn it is to be told, when many have much to be told."""

from cameo_service.webhooks.turns import AT_ONCE, EACH, MOST_LEFT, OF_PRINCIPAL, Turns


def begin(turns: Turns, due: list[tuple[str, str]]) -> dict[str, int]:
    rooms, principals = turns.rooms(due), dict(due)
    for id, count in rooms.items():
        for _ in range(count):
            turns.begin(id, principals[id])
    return rooms


def test_one_principal_has_its_rooms_and_no_more_however_many_endpoints_it_has() -> None:
    turns = Turns()
    many = [(f"whk_{each}", "app:many") for each in range(10)]
    assert begin(turns, many) == {"whk_0": EACH, "whk_1": OF_PRINCIPAL - EACH}
    assert turns.full_principals == ["app:many"]
    assert turns.full_webhooks == ["whk_0", "whk_1"]
    assert turns.rooms([*many, ("whk_other", "app:other")]) == {"whk_other": EACH}
    turns.end("whk_0", "app:many")
    assert turns.full_principals == []
    assert turns.full_webhooks == ["whk_1"]
    assert turns.rooms(many) == {"whk_0": 1}


def test_nothing_begins_beyond_what_there_is_room_for() -> None:
    turns = Turns()
    due = [(f"whk_{each}", f"app:{each}") for each in range(AT_ONCE)]
    assert list(begin(turns, due)) == [id for id, _ in due[: AT_ONCE // EACH]]
    assert turns.room == 0
    assert turns.rooms(due) == {}
    turns.end("whk_0", "app:0")
    assert turns.room == 1


def test_whoever_was_served_last_comes_last_however_long_it_waits() -> None:
    """`due` has those first whose events are oldest: a backlog does not go before the others."""
    turns = Turns()
    backlog = [(f"whk_{each}", f"app:{each}") for each in range(AT_ONCE // EACH)]
    newcomer = ("whk_new", "app:new")
    begin(turns, backlog)
    turns.end("whk_0", "app:0")
    assert list(turns.rooms([*backlog, newcomer])) == ["whk_new"]
    turns.begin("whk_new", "app:new")
    turns.end("whk_3", "app:3")
    turns.end("whk_1", "app:1")
    assert turns.rooms([*backlog, newcomer]) == {"whk_0": 1, "whk_1": 1}


def test_a_lap_ends_once_everybody_who_waits_was_served() -> None:
    turns = Turns()
    waiting = [(f"whk_{each}", f"app:{each}") for each in range(3)]
    for id, principal in waiting[:2]:
        turns.begin(id, principal)
    assert turns.served == ["app:0", "app:1"]
    assert list(turns.rooms(waiting)) == ["whk_2", "whk_0", "whk_1"]
    assert turns.served == ["app:0", "app:1"]
    turns.begin(*waiting[2])
    assert list(turns.rooms(waiting)) == ["whk_0", "whk_1", "whk_2"]
    assert turns.served == []


def test_what_is_left_keeps_the_room_of_its_principal_and_not_that_of_all() -> None:
    turns = Turns()
    for number in range(MOST_LEFT + 1):
        turns.begin(f"whk_{number}", f"app:{number}")
        turns.leave()
        assert turns.room == (AT_ONCE if number < MOST_LEFT else AT_ONCE - 1)
    assert turns.rooms([("whk_0", "app:0")]) == {"whk_0": EACH - 1}
    turns.end_left("whk_0", "app:0")
    assert turns.room == AT_ONCE
    assert turns.rooms([("whk_0", "app:0")]) == {"whk_0": EACH}


def test_what_is_known_of_a_principal_is_forgotten_once_nothing_waits() -> None:
    turns = Turns()
    begin(turns, [("whk_1", "app:one")])
    for _ in range(EACH):
        turns.end("whk_1", "app:one")
    assert turns.rooms([]) == {}
    assert (turns._served, turns._webhooks, turns._principals) == ({}, {}, {})
