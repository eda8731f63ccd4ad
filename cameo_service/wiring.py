"""The one place that chooses implementations.

with build(Settings()) as context:
    app = create_app(context)
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import structlog

from cameo_service.context import Context
from cameo_service.key_events import LoggedKeys
from cameo_service.keyholding import HeldKeys, keys_of
from cameo_service.logs import configure_logs
from cameo_service.settings import Settings
from cameo_service.signing import Signer
from cameo_service.templates.genuine import GenuineFaces
from storage.algorithms import Algorithm
from storage.contracts import Blobs, FaceIndex, Store
from storage.database import Database
from storage.errors import StoreUnavailable
from storage.faces.scanned import ScannedFaces
from storage.faces.turned import TurnedFaces
from storage.faces.turning import Turn
from storage.keyring.ring import KeyRing
from storage.keyring.stable import FACE_INDEX
from storage.local.blobs import LocalBlobs
from storage.postgres.vectors import prepare
from storage.store import open_store


@contextmanager
def build(settings: Settings) -> Iterator[Context]:
    """The context for `settings`; its connections are closed at the end of the block."""
    if not structlog.is_configured():
        # structlog's own default prints the values of variables into tracebacks
        configure_logs(settings.log_level)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = keys_of(settings)
    store = open_store(settings.resolved_database_url, key_encryption=held.key_encryption)
    ring = _ring(settings, store, held)
    signer = Signer(ring)
    try:
        # where the database lacks, whoever opens it says so, mends it and prepares the keys then
        with suppress(StoreUnavailable):
            ring.prepare()
        yield Context(
            settings=settings,
            store=store,
            blobs=_blobs(settings),
            signer=signer,
            keys=ring,
            clock=_now,
            rng=random.SystemRandom(),
            faces=_faces(settings, ring, GenuineFaces(signer=signer)),
        )
    finally:
        store.close()


@contextmanager
def ring_alone(settings: Settings) -> Iterator[KeyRing]:
    """The keys as they are stored, to be mended: nothing is prepared, and nothing else is there."""
    held = keys_of(settings)
    store = open_store(settings.resolved_database_url, key_encryption=held.key_encryption)
    try:
        yield _ring(settings, store, held)
    finally:
        store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _ring(settings: Settings, store: Store, held: HeldKeys) -> KeyRing:
    return KeyRing(
        store,
        root=held.root,
        key_encryption=held.key_encryption,
        clock=_now,
        events=LoggedKeys(),
        former=held.former,
        algorithm=Algorithm(settings.key_algorithm),
        timing=settings.key_timing,
    )


def _faces(settings: Settings, ring: KeyRing, genuine: GenuineFaces) -> FaceIndex:
    """Empty until a worker first refreshes it."""
    if settings.face_index == "memory":
        return ScannedFaces(genuine=genuine)

    def once() -> None:
        database = Database(settings.resolved_database_url)
        try:
            prepare(database)
        finally:
            database.close()

    return TurnedFaces(lambda: Turn(ring.secret(FACE_INDEX)), genuine=genuine, prepare=once)


def _blobs(settings: Settings) -> Blobs:
    if settings.blob_url is None:
        return LocalBlobs(settings.data_dir / "blobs")
    from storage.aws.blobs import NOT_ASKED_FOR, SERVER_SIDE, S3Blobs, under_kms

    encryption = SERVER_SIDE if settings.s3_encryption == "asked" else NOT_ASKED_FOR
    if settings.s3_kms_key is not None:
        encryption = under_kms(settings.s3_kms_key)
    bucket, _, folder = settings.blob_url.removeprefix("s3://").partition("/")
    return S3Blobs.connect(
        bucket=bucket,
        prefix=f"{folder.rstrip('/')}/" if folder else "",
        endpoint_url=settings.s3_endpoint_url,
        encryption=encryption,
    )
