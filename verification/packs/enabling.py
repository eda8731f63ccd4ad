"""Which checks need a component that not every pack has.

>>> ENABLED["passive"]
<Role.PASSIVE: 'passive'>
"""

from collections.abc import Mapping
from types import MappingProxyType

from verification.packs.manifest import Role

ENABLED: Mapping[str, Role] = MappingProxyType(
    {
        "passive": Role.PASSIVE,
        "depth": Role.LANDMARKS,
        "blink": Role.LANDMARKS,
        "lips": Role.LANDMARKS,
    }
)
"""A check's name, and the role without which it is left out of the report."""
