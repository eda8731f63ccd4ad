"""The archive of everything about one person: gathered, hashed, signed.

with make(context, caller, Wanted(principal="user:ann", include_biometrics=False)) as archive:
    archive.read()
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import rfc8785

from cameo_service.callers import Caller, Scope
from cameo_service.context import Context
from cameo_service.errors import Invalid
from cameo_service.exports import own, sections
from cameo_service.exports.log import entries_about
from cameo_service.exports.names import Names
from cameo_service.exports.readme import README
from cameo_service.exports.views import as_person, shown
from cameo_service.exports.writing import ArchiveWriter
from cameo_service.identifiers import new_id
from cameo_service.portability.consent_receipts import consent_receipt
from cameo_service.portability.portable import consent_record_of, licence_document_of
from cameo_service.receipts.finding import receipts_of
from cameo_service.routes.schemas.receipts import ReceiptOut
from cameo_service.signing import canonical_hash, epoch
from storage.keys import Purpose

VERSION = 1
IN_MEMORY = 8_000_000
"""Bytes of an archive that are held in memory; a longer one goes to a file that has no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose archive, and whether with their templates, stills and speech in the clear."""

    principal: str
    include_biometrics: bool


def make(context: Context, caller: Caller, wanted: Wanted) -> IO[bytes]:
    """The archive, from its beginning; its caller closes it.

    It holds what the API would tell a caller that acts for this person alone. Raises
    `NotActingFor`, `MissingScope`, `NotYetLogged`, `ExportTooLarge`.
    """
    caller.require_acting_for(wanted.principal)
    if wanted.include_biometrics:
        caller.require_scope(Scope.EXPORTS_BIOMETRICS)
    now, person = context.clock(), as_person(caller, wanted.principal)
    # the caller closes it
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    try:
        largest = context.settings.export_limit
        with closing(ArchiveWriter(stream, at=now, largest=largest)) as archive:
            _Gathering(context, person, archive).run(biometrics=wanted.include_biometrics)
            _sign(context, archive, wanted, now=now)
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    return stream


def _sign(context: Context, archive: ArchiveWriter, wanted: Wanted, *, now: datetime) -> None:
    """The manifest names every file but itself and its signature, which is over the manifest."""
    issuer = context.settings.issuer
    manifest: dict[str, Any] = {
        "version": VERSION,
        "subject": wanted.principal,
        "issuer": issuer,
        "created_at": now.isoformat(),
        "biometrics": wanted.include_biometrics,
        "files": archive.files.copy(),
    }
    claims = {
        "iss": issuer,
        "sub": wanted.principal,
        "jti": new_id("exp"),
        "iat": epoch(now),
        "version": VERSION,
        "manifest_sha256": canonical_hash(manifest),
    }
    archive.add("manifest.json", rfc8785.dumps(manifest))
    archive.add("manifest.jws", context.signer.sign(Purpose.EXPORT, claims).encode())


class _Gathering:
    """One archive in the making."""

    def __init__(self, context: Context, person: Caller, archive: ArchiveWriter) -> None:
        self._context = context
        self._person = person
        self._archive = archive
        self._names = Names(person.principal)
        self._uses: set[str] = set()
        self._grants: set[str] = set()

    def run(self, *, biometrics: bool) -> None:
        """Write everything but the manifest."""
        context, archive, me = self._context, self._archive, self._person.principal
        archive.add("README.txt", README.encode())
        archive.add_json("keys/jwks.json", context.signer.jwks())
        archive.add_json("keys/root.json", context.keys.root_document())
        archive.add_json("person.json", sections.person_of(context, self._person))
        archive.add_list("enrollments.json", self._noted(own.enrollments_of(context, me)))
        for path, items in sections.lists_of(context, self._person):
            archive.add_list(path, self._noted(items))
        cameos = list(sections.cameos_of(context, self._person))
        archive.add_list("cameos.json", self._noted(cameos))
        for cameo in cameos:
            self._cameo(cameo, biometrics=biometrics)
        ids = tuple(str(cameo["id"]) for cameo in cameos)
        self._receipts(ids)
        self._licences()
        archive.add_list("log.json", entries_about(context, (me, *ids), self._names))

    def _noted(self, items: Any) -> Iterator[Any]:  # noqa: ANN401 (JSON data)
        """The items, with the names, uses and grants among them remembered."""
        for item in self._names.noted(items):
            kind = item.get("object") if isinstance(item, dict) else None
            if kind == "use":
                self._uses.add(item["id"])
            if kind == "grant":
                self._grants.add(item["id"])
            yield item

    def _cameo(self, cameo: dict[str, Any], *, biometrics: bool) -> None:
        folder, archive = f"cameos/{cameo['id']}", self._archive
        for path, items in sections.lists_of_cameo(self._context, self._person, cameo):
            archive.add_list(f"{folder}/{path}", self._noted(items))
        archive.add_list(
            f"{folder}/disclosures.json",
            self._noted(own.disclosures_of(self._context, cameo["id"])),
        )
        erasure = sections.erasure_of(self._context, self._person, cameo["id"])
        if erasure is not None:
            archive.add_json(f"{folder}/erasure.json", erasure)
        if biometrics:
            with self._context.store.read() as tx:
                templates = own.templates_of(tx, self._context.signer, cameo["id"])
                samples = list(own.samples_of(tx, cameo["id"]))
            archive.add_list(f"{folder}/biometrics/templates.json", templates)
            for name, content in samples:
                archive.add(f"{folder}/biometrics/{name}", content)

    def _receipts(self, cameos: tuple[str, ...]) -> None:
        """Each in a file, as `cameo receipt verify` takes it, and in one as a consent receipt."""
        settings = self._context.settings
        for use in sorted(self._uses):
            for found in receipts_of(self._context, self._person, use):
                if found.record.cameo_id is None or found.record.cameo_id in cameos:
                    id, document = found.record.id, shown(ReceiptOut.of(found))
                    self._archive.add_json(f"receipts/{id}.json", document)
                    linked = consent_receipt(found.record, settings=settings)
                    self._archive.add_json(f"consent-receipts/{id}.jsonld", linked)

    def _licences(self) -> None:
        for grant in sorted(self._grants):
            try:
                record = consent_record_of(self._context, self._person, grant)
                self._archive.add_json(f"grants/{grant}.record.jsonld", record)
            except Invalid as error:
                # a character's licence is no consent, and has no record of one
                if error.code != "no_data_subject":
                    raise
            licence = licence_document_of(self._context, self._person, grant)
            self._archive.add_json(f"grants/{grant}.odrl.jsonld", licence)
