"""How many cameos have templates of which model, and how many lack those of the active pack.

status_of(tx, shelf)  # a list of rows, as `cameo models status --json` prints it
"""

from typing import Any

from cameo_service.templates.targets import MODALITIES, Target, target_of
from storage.contracts import Transaction
from verification.packs.errors import PackError
from verification.packs.shelf import Shelf

AT_ONCE = 500


def status_of(tx: Transaction, shelf: Shelf) -> list[dict[str, Any]]:
    """A row for each model that made templates, and for those of the active pack.

    `packs` are the names of those that have the model; `lacking` how many cameos have none of it,
    for the active pack's models only, else None.
    """
    targets = _targets(shelf)
    active = next((one for one in targets if one.pack == shelf.active()), None)
    counted = {
        (one.modality, one.model_sha256): (one.model, one.cameos) for one in tx.templates.counts()
    }
    if active is not None:
        for modality in MODALITIES:
            counted.setdefault((modality, active.of(modality)), ("-", 0))
    rows = []
    for (modality, sha256), (model, cameos) in sorted(counted.items()):
        is_active = active is not None and active.of(modality) == sha256
        rows.append(
            {
                "modality": modality,
                "model": model,
                "model_sha256": sha256,
                "packs": [one.pack for one in targets if one.of(modality) == sha256],
                "active": is_active,
                "cameos": cameos,
                "lacking": _count_lacking(tx, modality, sha256) if is_active else None,
            }
        )
    return rows


def _targets(shelf: Shelf) -> list[Target]:
    """Every pack that is here and can be read."""
    found = []
    for name in shelf.names():
        try:
            found.append(target_of(shelf.read(name)))
        except PackError:
            # `cameo models list` says what is wrong with it
            continue
    return found


def _count_lacking(tx: Transaction, modality: str, sha256: str) -> int:
    count, after = 0, ""
    while page := tx.templates.lacking(modality, sha256, limit=AT_ONCE, after=after):
        count += len(page)
        after = page[-1]
    return count
