"""The first set-up: which pack a data directory works with, once and for all.

pack_dir = ensure_pack(data_dir, choice=None, accept_non_commercial=False, progress=silent)

Afterwards the recorded choice holds until somebody says `cameo models use`: templates are bound
to the model that made them.
"""

from pathlib import Path

from verification.packs.catalogue import NAMES, recipe
from verification.packs.errors import LicenceNotAccepted, PackError, PullFailed
from verification.packs.manifest import Pack, Role
from verification.packs.pulling import pull
from verification.packs.shelf import Shelf
from verification.sources.contracts import Progress

PREFERRED = "insightface"
DEFAULT = "open"


def ensure_pack(
    data_dir: Path,
    *,
    choice: str | None,
    accept_non_commercial: bool,
    progress: Progress,
) -> Path:
    """The directory of the active pack, chosen and pulled if this is the first time.

    A recorded choice stands; asking for another one here is a `PackError`. Without a choice the
    preferred pack is taken where its non-commercial weights are accepted and can be reached, else
    the default one. Raises `PullFailed` when nothing can be fetched.
    """
    shelf = Shelf(data_dir)
    recorded = shelf.active()
    if recorded is not None and choice not in (None, recorded):
        raise PackError(
            f"this data directory works with `{recorded}`: `cameo models use {choice}` changes that"
        )
    if recorded is not None:
        return _mended(shelf, recorded, progress)
    name = choice or _first(shelf, accept=accept_non_commercial, progress=progress)
    if name in NAMES:
        require_accepted(recipe(name), accept=accept_non_commercial)
        pull(recipe(name), shelf, progress=progress)
    shelf.activate(name)
    return shelf.directory(name)


def _mended(shelf: Shelf, name: str, progress: Progress) -> Path:
    """The recorded pack. Its directory may be gone, for instance after a restore without it."""
    if name in NAMES and name not in shelf.names():
        pull(recipe(name), shelf, progress=progress)
    return shelf.directory(name)


def _first(shelf: Shelf, *, accept: bool, progress: Progress) -> str:
    if accept:
        try:
            pull(recipe(PREFERRED), shelf, progress=progress)
        except PullFailed as error:
            progress(f"{error}; taking `{DEFAULT}`", 0, 0)
        else:
            return PREFERRED
    return DEFAULT


def require_accepted(pack: Pack, *, accept: bool) -> None:
    """Raise `LicenceNotAccepted` where the face recognizer is not for commercial use.

    The default pack's landmark model is marked too and shown as such, but it is what works
    everywhere: only a pack whose recognizer is restricted is held back.
    """
    part = pack.components[Role.RECOGNIZER]
    if not part.commercial and not accept:
        raise LicenceNotAccepted(
            f"`{pack.name}` is under `{part.licence}`: "
            f"`cameo models pull {pack.name} --accept-non-commercial` accepts that"
        )
