"""Receipts, consent records, licences, and everything about one person: what can be carried away.

>>> export_person("user:ann").query["principal"]
'user:ann'
"""

from dataclasses import dataclass
from typing import Any

from cameo_service.client.calls.call import Call, get, joined
from cameo_service.client.documents import Document, read, whole

LINKED_DATA = "application/ld+json"
ARCHIVE = "application/zip"
EXPORT_S = 300.0
"""How long gathering everything about one person may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipts:
    use_id: str
    data: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    content: bytes


def get_receipts(use_id: str) -> Call[tuple[Document, ...]]:
    """The receipts of a use, each as it is to be kept: `cameo_service.offline` verifies them.

    A use that was reported this second answers `not_yet_logged`: try again.
    """
    return get("/v1/uses", use_id, "receipts", read=lambda given: read(_Receipts, given).data)


def get_receipt_record(id: str) -> Call[Document]:
    """A receipt as ISO/IEC TS 27560 consent receipt, in DPV JSON-LD."""
    return _linked("/v1/receipts", id, "record")


def get_consent_record(grant_id: str) -> Call[Document]:
    """A grant as ISO/IEC TS 27560 consent record, in DPV JSON-LD; not one on a character."""
    return _linked("/v1/grants", grant_id, "record")


def get_licence(grant_id: str) -> Call[Document]:
    """A grant as an ODRL 2.2 agreement, JSON-LD."""
    return _linked("/v1/grants", grant_id, "odrl")


def export_person(principal: str, *, include_biometrics: bool = False) -> Call[bytes]:
    """Everything about one principal in a ZIP, which `cameo export verify` verifies.

    It is held in memory whole. With `include_biometrics`, their templates, stills and speech are in
    it in the clear: the key needs the scope `exports:biometrics` besides.
    """
    query = {"principal": principal}
    if include_biometrics:
        query["include_biometrics"] = "true"
    return Call(
        method="GET",
        path="/v1/me/export",
        query=query,
        read=_content,
        repeatable=True,
        accept=ARCHIVE,
        timeout_s=EXPORT_S,
    )


def _linked(*path: str) -> Call[Document]:
    return Call(
        method="GET",
        path=joined(*path),
        read=lambda document: whole(dict(document), "answer"),
        repeatable=True,
        accept=LINKED_DATA,
    )


def _content(document: Document) -> bytes:
    return read(_File, document).content
