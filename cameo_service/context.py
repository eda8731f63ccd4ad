"""What every use case is given: the stores, the signer, the clock, the settings.

with wiring.build(Settings()) as context, context.store.read() as tx:
    tx.revisions.current()
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cameo_service.settings import Settings
from cameo_service.signing import Signer
from storage.contracts import Blobs, FaceIndex, Store
from storage.keyring.ring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The service's dependencies. `clock` returns aware datetimes in UTC.

    `faces` is for the one thread of a worker.
    """

    settings: Settings
    store: Store
    blobs: Blobs
    signer: Signer
    keys: KeyRing
    clock: Callable[[], datetime]
    rng: random.Random
    faces: FaceIndex
