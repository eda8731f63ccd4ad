"""The worker: takes recordings, scans, stills to protect and migrations off the queue.

A job is leased, and the lease renewed while the verifier runs. A worker that is killed renews no
more, so its job goes to the next one; the fencing token keeps a stalled worker from writing a
verdict that another has already written.

    Worker(context, load=lambda: load_models(pack)).run(stop)
"""

import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import structlog

from cameo_service import metrics
from cameo_service.alongside import alongside
from cameo_service.context import Context
from cameo_service.enrollments import verdicts
from cameo_service.enrollments.comparing import Others, earlier_of, no_others
from cameo_service.enrollments.recordings import RECEIVE_JOB, discard
from cameo_service.enrollments.sessions import VERIFY_JOB
from cameo_service.enrollments.uniqueness import others_alike, with_uniqueness
from cameo_service.erasure.finishing import ERASE_JOB, finish
from cameo_service.erasure.overdue import FAULT, Overdue
from cameo_service.housekeeping import awaits, sweep
from cameo_service.identifiers import new_id
from cameo_service.outages import Outage
from cameo_service.protection.registry import PROTECT_JOB
from cameo_service.protection.working import protect
from cameo_service.recognition.beside import beside, probes_of, require_searched
from cameo_service.scans.beginning import SCAN_JOB
from cameo_service.scans.working import scan
from cameo_service.templates.genuine import templates_of
from cameo_service.templates.migration import MIGRATE_JOB, migrate_page
from cameo_service.templates.targets import target_in
from storage.errors import Conflict, NotFound, StorageError
from storage.records import EnrollmentRecord, JobRecord
from verification.cage import confinement
from verification.challenge import from_document
from verification.confinement import WHOLE, names_of
from verification.errors import CageUnavailable
from verification.liveness.earlier import Earlier
from verification.packs.loading import Models
from verification.report import Verification
from verification.verifier import verify

ATTEMPTS = 5
"""After so many failures of ours a job is given up and the person may try again."""

RETRY_AFTER = timedelta(seconds=10)
SWEEP_EVERY_S = 30.0

_log = structlog.get_logger("cameo.worker")


class PackNotActive(Exception):
    """A migration is to a pack that this worker does not work with."""


class Worker:
    """One worker. `load` gives the models, on the first job, so that an idle worker is small.

    `others` are the packs that made templates before this one was chosen.
    """

    def __init__(
        self, context: Context, *, load: Callable[[], Models], others: Others = no_others
    ) -> None:
        self._context = context
        self._load = load
        self._others = others
        self._models: Models | None = None
        self._swept = float("-inf")
        self._overdue = Overdue()
        self._outage = Outage()
        self._stop = threading.Event()
        self._tasks: dict[str, Callable[[JobRecord, str], None]] = {
            VERIFY_JOB: self._verify,
            SCAN_JOB: self._scan,
            PROTECT_JOB: self._protect,
            MIGRATE_JOB: self._migrate,
            ERASE_JOB: self._erase,
            RECEIVE_JOB: self._take_back,
        }

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the job in hand is finished first."""
        report_confinement()
        self._stop = stop
        while not stop.is_set():
            try:
                worked = self.step()
            except StorageError as error:
                if self._outage.is_news(str(error), self._context.clock()):
                    _log.error("store unavailable", error=str(error))
                worked = False
            else:
                if self._outage.ends():
                    _log.info("works again")
            if not worked:
                stop.wait(self._context.settings.worker_poll_s)

    def step(self) -> bool:
        """Do one job if one is due; sweep now and then. Return whether there was a job."""
        if time.monotonic() - self._swept > SWEEP_EVERY_S:
            # noted first: a sweep that fails must not keep anybody from the queue
            self._swept = time.monotonic()
            self._sweep()
            if self._stop.is_set():
                return False
        token = new_id("lease")
        with self._context.store.write() as tx:
            job = tx.jobs.lease(
                tuple(self._tasks),
                token=token,
                now=self._context.clock(),
                lease_for=self._lease_for,
                at_most=ATTEMPTS,
            )
        if job is None:
            return False
        self._work(job, token)
        return True

    def _sweep(self) -> None:
        log = _log.bind(code=FAULT)
        try:
            sweep(self._context, self._overdue, stopping=self._stop.is_set)
        except StorageError as error:
            _log.error("sweep not finished", code=error.code, error=str(error))
        except Exception as error:
            # one row that somebody altered must not keep everybody else's jobs from their end
            log.exception("sweep not finished", error_type=type(error).__name__)

    @property
    def _lease_for(self) -> timedelta:
        return timedelta(seconds=self._context.settings.worker_lease_s)

    def _work(self, job: JobRecord, token: str) -> None:
        log = _log.bind(job=job.id, attempt=job.attempts)
        log.info("job started")
        try:
            with self._renewing(job, token):
                self._tasks[job.kind](job, token)
        except Conflict:
            log.warning("lease lost: another worker has the job")
        except Exception as error:
            log.exception("job failed", kind=job.kind, error_type=type(error).__name__)
            self._fail(job, token, error)
        else:
            log.info("job done")

    def _verify(self, job: JobRecord, token: str) -> None:
        with self._context.store.read() as tx:
            record = tx.enrollments.get(str(job.payload["enrollment"]))
        if not awaits(record, job):
            with self._context.store.write() as tx:
                tx.jobs.finish(job.id, token=token)
            return
        verification = self._judge(record)
        searched = self._searched() if verification.face is not None else ()
        probes = probes_of(verification, searched)
        self._context.faces.refresh(self._context.store)
        within = self._loaded().thresholds.face_search.value
        with self._context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)
            current = tx.enrollments.get(record.id)
            if not awaits(current, job):
                return
            if verification.face is not None:
                require_searched(tx, self._loaded(), searched)
            alike = others_alike(
                tx, self._context, current, verification, within=within, beside=probes
            )
            timeline = job.payload.get("timeline")
            concluded = verdicts.conclude(
                tx, self._context, current, verification, alike=alike, timeline=timeline
            )
        judged = with_uniqueness(verification, alike).report.verdict
        metrics.VERDICTS.labels(verdict=judged.value).inc()
        if concluded.recording_blob is None:
            discard(self._context, record.recording_blob)

    def _judge(self, record: EnrollmentRecord) -> Verification:
        if record.recording_blob is None:
            raise NotFound(f"enrollment `{record.id}` is processing without a recording")
        started = time.perf_counter()
        # without a name, so that nothing of it outlives this process
        with tempfile.TemporaryFile() as spool:
            self._context.blobs.fetch(record.recording_blob, spool)
            verification = verify(
                spool,
                from_document(record.challenge),
                self._loaded(),
                limits=self._context.settings.media_limits,
                tolerances=self._context.settings.tolerances,
                earlier=self._earlier(record),
            )
        metrics.VERIFICATION.observe(time.perf_counter() - started)
        return verification

    def _earlier(self, record: EnrollmentRecord) -> Earlier | None:
        """Whose cameo is to be renewed, if one is."""
        if record.renews is None:
            return None
        with self._context.store.read() as tx:
            templates = templates_of(tx, self._context.signer, record.renews)
        found = earlier_of(templates, self._loaded(), self._others)
        if found is None:
            # with nobody to compare with, anybody would be the one
            raise NotFound(f"cameo `{record.renews}` has no face to compare with")
        return found

    def _scan(self, job: JobRecord, token: str) -> None:
        scan(self._context, self._loaded(), job, token=token, searched=self._searched())

    def _searched(self) -> tuple[Models, ...]:
        """The packs that it takes beside the active one to know everybody."""
        with self._context.store.read() as tx:
            return beside(tx, self._loaded(), self._others)

    def _protect(self, job: JobRecord, token: str) -> None:
        protect(self._context, self._loaded(), job, token=token)

    def _migrate(self, job: JobRecord, token: str) -> None:
        migrate_page(self._context, job, token, self._models_for(job))

    def _erase(self, job: JobRecord, token: str) -> None:
        finish(self._context, str(job.payload["erasure"]))
        with self._context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)

    def _take_back(self, job: JobRecord, token: str) -> None:
        """Whoever was storing a recording died: what it left is deleted."""
        self._context.blobs.delete(str(job.payload["recording"]))
        with self._context.store.write() as tx:
            tx.jobs.finish(job.id, token=token)

    def _models_for(self, job: JobRecord) -> Models:
        """The models that a migration is to. Raises `PackNotActive` where others are chosen."""
        target = target_in(job.payload)
        if not target.matches(self._loaded()):
            # chosen since these were loaded
            self._models = self._load()
        if not target.matches(self._loaded()):
            raise PackNotActive(f"`{target.pack}` is not the active pack any more")
        return self._loaded()

    def _loaded(self) -> Models:
        if self._models is None:
            self._models = self._load()
        return self._models

    def _renewing(self, job: JobRecord, token: str) -> AbstractContextManager[None]:
        def renew(done: threading.Event) -> None:
            while not done.wait(self._lease_for.total_seconds() / 3):
                try:
                    with self._context.store.write() as tx:
                        tx.jobs.renew(
                            job.id,
                            token=token,
                            now=self._context.clock(),
                            lease_for=self._lease_for,
                        )
                except StorageError as error:
                    # The verdict's transaction is fenced: a lost lease is found there.
                    _log.warning("lease not renewed", job=job.id, error=str(error))

        return alongside(renew, name="lease")

    def _fail(self, job: JobRecord, token: str, error: Exception) -> None:
        now = self._context.clock()
        retry_at = now + RETRY_AFTER if job.attempts < ATTEMPTS else None
        with self._context.store.write() as tx:
            tx.jobs.fail(job.id, token=token, error=type(error).__name__, retry_at=retry_at)


def report_confinement() -> None:
    """Log what guards this machine puts around the decoder, loudly where one is missing."""
    try:
        in_force = confinement()
    except CageUnavailable as error:
        _log.error("recordings cannot be decoded", error=str(error))
        return
    log = _log.info if in_force == WHOLE else _log.warning
    missing = names_of(WHOLE & ~in_force)
    log("decoder confined", guards=names_of(in_force), missing=missing)
