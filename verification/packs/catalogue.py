"""The packs that are built in: what to fetch, from where, with which hash.

>>> sorted(built_in())
['insightface', 'open']
>>> built_in()["open"].commercial
False
"""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from verification.packs.documents import from_toml
from verification.packs.errors import UnknownPack
from verification.packs.manifest import Pack

NAMES = ("open", "insightface")


@cache
def built_in() -> MappingProxyType[str, Pack]:
    """Every built-in pack by name."""
    texts = {name: files(__package__).joinpath(f"{name}.toml") for name in NAMES}
    packs = {name: from_toml(path.read_text(encoding="utf-8")) for name, path in texts.items()}
    return MappingProxyType(packs)


def recipe(name: str) -> Pack:
    """The built-in pack of this name. Raises `UnknownPack`."""
    try:
        return built_in()[name]
    except KeyError:
        raise UnknownPack(
            f"no built-in pack is called `{name}`; there are {', '.join(NAMES)}"
        ) from None
