"""Where packs lie in a data directory, and which one is active.

    shelf = Shelf(data_dir)
    shelf.activate("open")
    shelf.active()  # 'open'

`<data_dir>/packs/<name>/` holds a pack, `<data_dir>/packs/active.json` the choice. The choice
changes only through `activate`: templates are bound to the model that made them.

>>> Shelf(Path("/srv/cameo")).directory("open").as_posix()
'/srv/cameo/packs/open'
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from verification.packs.documents import NAME, from_toml
from verification.packs.errors import MalformedPack, NoActivePack, UnknownPack
from verification.packs.integrity import verify_pack
from verification.packs.manifest import FILE_NAME, Pack


@dataclass(frozen=True, slots=True)
class Shelf:
    """The packs of one data directory."""

    data_dir: Path

    @property
    def root(self) -> Path:
        """The folder that holds every pack."""
        return self.data_dir / "packs"

    def directory(self, name: str) -> Path:
        """Where the pack of this name lies, or would. Raises `UnknownPack` for no name."""
        if not NAME.fullmatch(name):
            raise UnknownPack(f"not a pack name: `{name}`")
        return self.root / name

    def names(self) -> list[str]:
        """The packs that are here, in order."""
        if not self.root.is_dir():
            return []
        found = (path.parent.name for path in self.root.glob(f"*/{FILE_NAME}"))
        return sorted(name for name in found if NAME.fullmatch(name))

    def read(self, name: str) -> Pack:
        """The pack of this name. Raises `UnknownPack` or `MalformedPack`."""
        pack = read_pack(self.directory(name))
        if pack.name != name:
            raise MalformedPack(f"the directory `{name}` holds the pack `{pack.name}`")
        return pack

    def active(self) -> str | None:
        """The name of the active pack, or None before the first choice."""
        try:
            text = (self.root / "active.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            name = json.loads(text)["pack"]
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedPack("`active.json` does not name a pack") from error
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise MalformedPack("`active.json` does not name a pack")
        return name

    def active_directory(self) -> Path:
        """The directory of the active pack. Raises `NoActivePack`."""
        name = self.active()
        if name is None:
            raise NoActivePack("no model pack was chosen: `cameo models use open` chooses one")
        return self.directory(name)

    def activate(self, name: str) -> None:
        """Make a complete pack the active one. Raises a `PackError` for any other."""
        verify_pack(self.read(name), self.directory(name))
        write_atomically(self.root / "active.json", json.dumps({"pack": name}) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from pulling or adding packs meanwhile."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_pack(directory: Path) -> Pack:
    """The pack that lies in `directory`. Raises `UnknownPack` or `MalformedPack`."""
    try:
        text = (directory / FILE_NAME).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownPack(
            f"there is no pack `{directory.name}`: `cameo models pull {directory.name}` fetches it"
        ) from None
    except UnicodeDecodeError as error:
        raise MalformedPack(f"`{directory.name}/{FILE_NAME}` is not text") from error
    try:
        return from_toml(text)
    except MalformedPack as error:
        raise MalformedPack(
            f"`{directory.name}/{FILE_NAME}`: {error}: "
            f"`cameo models pull {directory.name}` mends a built-in pack"
        ) from error


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that a crash leaves the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make renames inside a directory durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
