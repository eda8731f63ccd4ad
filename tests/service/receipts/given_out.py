"""Every kind of JSON-LD document that the service gives out, of real grants, over HTTP."""

import io
import json
import zipfile
from datetime import datetime, timedelta

import httpx2

from permissions.obligations import ObligationKind
from permissions.vocabulary import Action, Facet
from tests.service.characters import register, settle
from tests.service.making import grant, permit, published, question, report, revoke
from tests.service.receipts import keeping
from tests.service.receipts.linked_data import Document
from tests.service.running import RunningService

_NOTHING: dict[str, list[str]] = {"included": [], "excluded": []}
_CREDIT = {"kind": "credit", "text": "Ann"}
_MARK = {"kind": "watermark", "text": ""}


def given_out(
    service: RunningService, platform: httpx2.Client, studio: httpx2.Client, reviewer: httpx2.Client
) -> dict[str, Document]:
    """One of everything: by path, by name where it stands in an archive; `over`, once it ended."""
    ann = service.enroll("user:ann")
    end = service.clock().replace(year=2027)
    full = full_grant(platform, ann, end)
    narrow = narrow_grant(platform, ann)
    above = grant(platform, ann, "user:cleo", sublicence_depth=2)
    below, by_itself = (
        grant(platform, ann, parent=above, not_after=end.isoformat()) for _ in range(2)
    )
    made = _receipts(service, platform, ann)
    for ended in (by_itself, above):
        revoke(platform, ended)
    zed = str(register(studio)["id"])
    settle(reviewer, zed)
    licensed = f"/v1/grants/{grant(studio, zed)}/odrl"
    records = [f"/v1/grants/{id}/record" for id in (full, narrow, above, below, by_itself)]
    licences = [path.replace("/record", "/odrl") for path in records]
    receipts = [f"/v1/receipts/{id}/record" for id in made]
    archived = _in_the_archive(service, platform)
    paths = {*records, *licences, *receipts, *map(path_of, archived.values())}
    found = {path: _document(platform, path) for path in sorted(paths)}
    found[licensed] = _document(studio, licensed)
    service.clock.advance(days=400)
    return {**found, **archived, "over": _document(platform, records[0])}


def path_of(document: Document) -> str:
    """Where the service gives this document out."""
    return httpx2.URL(str(document.get("@id", document.get("uid")))).path


def full_grant(platform: httpx2.Client, cameo: str, end: datetime) -> str:
    """A grant that limits everything that can be limited, and asks for everything in return."""
    return grant(
        platform,
        cameo,
        actions=sorted(Action),
        facets=sorted(Facet),
        purposes={"included": ["advertising", "satire"], "excluded": ["advertising.political"]},
        territories={"included": ["DE", "US-CA"], "excluded": ["DE-BY"]},
        categories={"included": ["violence", "weapons"], "excluded": ["violence.graphic"]},
        co_appearance={"included": ["person"], "excluded": ["brand"]},
        appearance_change="marked",
        count=3,
        remix_depth=2,
        sublicence_depth=1,
        not_before=(end - timedelta(days=300)).isoformat(),
        not_after=end.isoformat(),
        approval_before_publishing=True,
        obligations=[{"kind": kind.value, "text": f"on {kind.value}"} for kind in ObligationKind],
        intended_use="a trailer",
        compensation="invoice 7",
    )


def narrow_grant(platform: httpx2.Client, cameo: str) -> str:
    """A grant for one action, once, beside nobody, without anything to say."""
    return grant(
        platform,
        cameo,
        "user:dora",
        actions=["tag"],
        categories=_NOTHING,
        co_appearance=_NOTHING,
        count=1,
    )


def _receipts(service: RunningService, platform: httpx2.Client, cameo: str) -> list[str]:
    """Of a use that was published: the holder's and the owner's, at each of the two reports."""
    grant(platform, cameo, "user:eve", obligations=[_CREDIT, _MARK])
    issued = permit(platform, question(cameo, "user:eve"))
    asset = {"sha256": "ab" * 32, "media_type": "video/mp4"}
    use = report(platform, issued["id"], assets=[asset], obligations_met=[_CREDIT])
    published(platform, use, obligations_met=[_MARK])
    return [str(each["id"]) for each in keeping.receipts(service, platform, use)]


def _document(client: httpx2.Client, path: str) -> Document:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/ld+json"
    document: Document = response.json()
    return document


def _in_the_archive(service: RunningService, platform: httpx2.Client) -> dict[str, Document]:
    keeping.sequence(service)
    response = platform.get("/v1/me/export", params={"principal": "user:ann"})
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jsonld")]
        return {name: json.loads(archive.read(name)) for name in names}
