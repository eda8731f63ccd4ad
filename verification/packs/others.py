"""Packs beside the active one: templates that they made are compared by them, and by no other.

    others = OtherPacks(shelf, threads=2)
    others(Role.RECOGNIZER, template.model_sha256)  # the models of its pack, or None

Loaded when first asked for, and kept.
"""

from verification.packs.errors import PackError
from verification.packs.loading import Models, load_models
from verification.packs.manifest import Role
from verification.packs.shelf import Shelf


class OtherPacks:
    """The packs of a shelf, found by the hash of one of their components."""

    def __init__(self, shelf: Shelf, *, threads: int = 1) -> None:
        self._shelf = shelf
        self._threads = threads
        self._loaded: dict[str, Models] = {}

    def __call__(self, role: Role, sha256: str) -> Models | None:
        """The models of the first pack that has this component; None where none is here.

        Raises a `BrokenFile` or `UnreadableModel` where the pack that has it does not load.
        """
        name = self.name_of(role, sha256)
        if name is None:
            return None
        if name not in self._loaded:
            directory = self._shelf.directory(name)
            self._loaded[name] = load_models(directory, threads=self._threads)
        return self._loaded[name]

    def name_of(self, role: Role, sha256: str) -> str | None:
        """The name of the first pack that has this component. One that cannot be read has none."""
        for name in self._shelf.names():
            try:
                file = self._shelf.read(name).components[role].file
            except (PackError, KeyError):
                continue
            if file is not None and file.sha256 == sha256:
                return name
        return None
