"""Whose turn it is: how many deliveries each may have under way, and who comes next.

>>> turns = Turns()
>>> turns.rooms([("whk_1", "app:a"), ("whk_2", "app:b"), ("whk_3", "app:a"), ("whk_4", "app:a")])
{'whk_1': 4, 'whk_2': 4, 'whk_3': 4}

The principal that was served last comes last: whoever has much to be told, or answers slowly,
takes no more of the time of others than one of them. However many there are, nobody is served twice
in one lap.
"""

from collections import Counter
from collections.abc import Sequence

AT_ONCE = 80
"""Deliveries under way."""
MOST_LEFT = 400
"""Name servers that are waited for though the attempt is over, each in a thread of its own. They
take the rooms of their principals, and not those of all, unless there are so many."""
OF_PRINCIPAL = 8
EACH = 4
"""Deliveries to one endpoint at once."""
LONGEST_LAP = 10_000
"""Principals of one lap: so many does a statement name."""


class Turns:
    """What is under way, and when each principal was served last."""

    def __init__(self) -> None:
        self._webhooks: Counter[str] = Counter()
        self._principals: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._left = 0
        self._turn = 0
        self._lap = 0

    @property
    def room(self) -> int:
        """How many more may begin."""
        return AT_ONCE + min(self._left, MOST_LEFT) - self._webhooks.total()

    @property
    def full_webhooks(self) -> list[str]:
        """The endpoints that have no room."""
        return [id for id, count in self._webhooks.items() if count >= EACH]

    @property
    def full_principals(self) -> list[str]:
        """The principals that have no room."""
        return [name for name, count in self._principals.items() if count >= OF_PRINCIPAL]

    @property
    def served(self) -> list[str]:
        """The principals that were served in this lap: the others come first."""
        return [name for name, turn in self._served.items() if turn > self._lap]

    def begin(self, webhook_id: str, principal: str) -> None:
        """Note that a delivery is under way."""
        self._webhooks[webhook_id] += 1
        self._principals[principal] += 1
        self._turn += 1
        self._served[principal] = self._turn

    def leave(self) -> None:
        """Note that one is over, of which something goes on: it keeps its principal's room."""
        self._left += 1

    def end_left(self, webhook_id: str, principal: str) -> None:
        """Note that nothing of one that was left goes on."""
        self._left -= 1
        self.end(webhook_id, principal)

    def end(self, webhook_id: str, principal: str) -> None:
        """Note that it is no more."""
        for counts, name in ((self._webhooks, webhook_id), (self._principals, principal)):
            counts[name] -= 1
            if not counts[name]:
                del counts[name]

    def rooms(self, due: Sequence[tuple[str, str]]) -> dict[str, int]:
        """How many deliveries each of these endpoints may begin, whose turn it is first.

        `due` has endpoints with their principals, who waits longest first, and behind all others
        those that were served in this lap.
        """
        self._begin_lap({principal for _, principal in due})
        found: dict[str, int] = {}
        room, given = self.room, Counter(self._principals)
        for id, principal in self._in_order(due):
            most = min(EACH - self._webhooks[id], OF_PRINCIPAL - given[principal], room)
            if most > 0:
                found[id] = most
                given[principal] += most
                room -= most
        return found

    def _in_order(self, due: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The first endpoint of every principal, then the second ones."""
        seen: Counter[str] = Counter()
        keyed = []
        for each in due:
            principal = each[1]
            keyed.append(((seen[principal], self._served.get(principal, 0)), each))
            seen[principal] += 1
        return [each for _, each in sorted(keyed, key=lambda pair: pair[0])]

    def _begin_lap(self, due: set[str]) -> None:
        """Begin a lap once everybody has been served who waits, and forget who waits no more."""
        served = self.served
        if due - {*served} and len(served) < LONGEST_LAP:
            return
        known = {*due, *self._principals}
        self._served = {name: turn for name, turn in self._served.items() if name in known}
        self._lap = self._turn
