"""What `docs/permissions.md` says of each end becomes of permits, drafts and published work."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import pytest

from permissions.vocabulary import OnRevocation
from tests.docs.walking import ROOT

# The service's own fixtures: the same server, over the same stores.
from tests.service.conftest import clock, context, platform, service, settings
from tests.service.making import draft, grant, permit, published, question, revoke
from tests.service.running import RunningService

__all__ = ["clock", "context", "platform", "service", "settings"]

PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
POLICY = {"audience": {"generate": "approved", "publish": "approved"}, "approved": ["user:bob"]}
RULES = {"rules": [], "protected": [], "ceilings": {}, "obligations": [{"kind": "watermark"}]}


def row(start: str) -> tuple[str, str, str]:
    """What becomes of permits, drafts and published work, in the row that begins so."""
    section = PAGE[PAGE.index("## What an end does") :]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].replace("**", "").startswith(start):
            return cells[1], cells[2], cells[3]
    raise LookupError(start)


@dataclass(frozen=True)
class Made:
    """What was made with Alice's likeness before something ended."""

    platform: httpx2.Client
    cameo: str
    token: str
    draft: str
    publication: str

    @classmethod
    def by(cls, platform: httpx2.Client, cameo: str, requester: str) -> "Made":
        asked = question(cameo, requester)
        work = published(platform, draft(platform, asked))
        waiting = draft(platform, asked)
        live = permit(platform, asked)
        return cls(platform, cameo, live["permit"], waiting["id"], work["id"])

    def is_live(self) -> bool:
        answer = self.platform.post("/v1/permits/introspect", json={"permit": self.token})
        return bool(answer.json()["active"])

    def asked_of(self, use: str) -> str | None:
        recall = self.platform.get(f"/v1/uses/{use}").json()["recall"]
        return None if recall is None else str(recall["ask"])


@pytest.fixture
def cameo(service: RunningService, platform: httpx2.Client) -> str:
    id = service.enroll("user:alice")
    assert platform.put(f"/v1/cameos/{id}/policy", json=POLICY).status_code == 200
    return id


@pytest.mark.parametrize("said", OnRevocation)
def test_a_grant_is_revoked(said: OnRevocation, cameo: str, platform: httpx2.Client) -> None:
    permits, drafts, publications = row("a grant is revoked")
    id = grant(platform, cameo, "user:gina", on_revocation=said.value)
    made = Made.by(platform, cameo, "user:gina")
    revoke(platform, id)
    assert permits.startswith("those on it")
    assert not made.is_live()
    assert made.asked_of(made.draft) == ("delete" if f"`{said}`" in drafts else None)
    assert made.asked_of(made.publication) == ("take_down" if f"`{said}`" in publications else None)


End = Callable[[httpx2.Client, str], httpx2.Response]
STANDING = "/v1/principals/user:bob/standing"
ENDS: dict[str, End] = {
    "a policy is set anew": lambda c, cam: c.put(f"/v1/cameos/{cam}/policy", json={"audience": {}}),
    "somebody is blocked": lambda c, _: c.put("/v1/principals/user:alice/blocks/user:bob"),
    "a cameo is suspended": lambda c, cam: c.post(f"/v1/cameos/{cam}/suspend"),
    "a cameo is revoked": lambda c, cam: c.post(f"/v1/cameos/{cam}/revoke"),
    "minority, death or standing": lambda c, _: c.put(STANDING, json={"standing": "suspended"}),
    "the deployment's rules change": lambda c, _: c.put("/v1/deployment/rules", json=RULES),
}


@pytest.mark.parametrize("start", ENDS)
def test_something_else_ends(start: str, cameo: str, platform: httpx2.Client) -> None:
    _, drafts, publications = row(start)
    made = Made.by(platform, cameo, "user:bob")
    assert made.is_live()
    assert ENDS[start](platform, cameo).is_success
    assert not made.is_live()
    assert made.asked_of(made.draft) == (None if drafts == "stay" else "delete")
    assert made.asked_of(made.publication) == (None if publications == "stays" else "take_down")


def test_an_owner_asks_for_the_removal_of_one_use(cameo: str, platform: httpx2.Client) -> None:
    assert row("an owner asks")[1:] == (
        "to be deleted",
        "to be taken down, unless promised otherwise",
    )
    made = Made.by(platform, cameo, "user:bob")
    for use, asked in ((made.draft, "delete"), (made.publication, "take_down")):
        assert platform.post(f"/v1/uses/{use}/ask-removal").json()["recall"]["ask"] == asked
    assert made.is_live()
    grant(platform, cameo, "user:gina", on_revocation="published_stays")
    promised = Made.by(platform, cameo, "user:gina")
    refused = platform.post(f"/v1/uses/{promised.publication}/ask-removal")
    assert (refused.status_code, refused.json()["code"]) == (403, "published_stays")


def test_every_row_is_looked_at_here_or_is_about_time_and_parts() -> None:
    section = PAGE[PAGE.index("| what ends or changes |") : PAGE.index("*To be deleted*")]
    starts = [
        re.sub(r"\*\*", "", line.strip("| ").split("|")[0]).strip()
        for line in section.strip().splitlines()[2:]
    ]
    elsewhere = (  # tests/service: test_access_requests, test_representation, test_uses
        "a grant's time is over",
        "an approval is taken back",
        "a mandate ends",
        "a draft gets another asset",
    )
    known = ("a grant is revoked", "an owner asks", *ENDS, *elsewhere)
    assert [start for start in starts if not start.startswith(known)] == []
