"""Whether the service can do its work, and what lacks.

readiness(context)["ready"]
"""

from typing import Any

from cameo_service.context import Context
from cameo_service.log.continuity import require_sound
from cameo_service.log.standing import LogBroken
from storage.errors import StorageError
from storage.keys import Purpose
from verification.packs.errors import MissingFile, PackError
from verification.packs.shelf import Shelf


def readiness(context: Context) -> dict[str, Any]:
    """`ready`, and a line for store, keys, models and log. Names no person and no secret."""
    store = _store(context)
    keys = _keys(context)
    models = _models(context)
    log = _log(context)
    return {
        "ready": all(each["ok"] for each in (store, keys, models, log)),
        "store": store,
        "keys": keys,
        "models": models,
        "log": log,
    }


def active_pack_of(context: Context) -> str | None:
    """The name of the pack that this deployment measures faces and voices with, if one is set."""
    models = _models(context)
    return str(models["pack"]) if models["ok"] else None


def _store(context: Context) -> dict[str, Any]:
    try:
        context.store.ping()
        with context.store.read() as tx:
            waiting = tx.jobs.waiting()
    except StorageError as error:
        return {"ok": False, "problem": error.code}
    return {"ok": True, "jobs_waiting": waiting}


def _log(context: Context) -> dict[str, Any]:
    """Whether the database goes on from what was published; `waiting` entries have no head yet."""
    try:
        state = require_sound(context)
    except (LogBroken, StorageError) as error:
        return {"ok": False, "problem": error.code}
    return {"ok": True, "size": state.covered, "waiting": state.count - state.covered}


def _keys(context: Context) -> dict[str, Any]:
    """Every purpose has a key that signs, and nobody altered one."""
    try:
        for purpose in Purpose:
            context.keys.signing_key(purpose)
    except StorageError as error:
        return {"ok": False, "problem": error.code}
    return {"ok": True}


def _models(context: Context) -> dict[str, Any]:
    """Files are looked for, not hashed: loading a pack does that."""
    shelf = Shelf(context.settings.data_dir)
    try:
        directory = shelf.active_directory()
        pack = shelf.read(directory.name)
        for file in pack.files:
            if not (directory / file.path).is_file():
                raise MissingFile(file.path, pack=pack.name)
    except PackError as error:
        return {"ok": False, "problem": str(error)}
    return {"ok": True, "pack": pack.name, "commercial": pack.commercial}
