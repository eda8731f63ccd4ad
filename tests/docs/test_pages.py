"""What the pages send is sent, and what they show is what comes back."""

from pathlib import Path

import pytest

from cameo_service.callers import Scope
from cameo_service.client import PermitGate
from tests.docs.walking import ROOT, Walk

# The service's own fixtures: the same server, over the same stores.
from tests.service.conftest import clock, context, service, settings
from tests.service.packages.asking import enroll
from tests.service.running import RunningService

__all__ = ["clock", "context", "service", "settings"]

PAGES = sorted(
    page
    for page in (ROOT / "docs").rglob("*.md")
    if "```http\n" in page.read_text(encoding="utf-8")
)
PEOPLE = ("alice", "maya", "tim")
GENERATOR = (
    Scope.CONSENT_CHECK,
    Scope.PERMITS_ISSUE,
    Scope.PERMITS_INTROSPECT,
    Scope.PACKAGES_FETCH,
    Scope.USES_READ,
    Scope.USES_WRITE,
    Scope.WEBHOOKS_READ,
    Scope.WEBHOOKS_WRITE,
)
PLATFORM = frozenset(Scope) - {
    Scope.CHARACTERS_REVIEW,
    Scope.REPRESENTATION_ATTEST,
    Scope.DEPLOYMENT_READ,
    Scope.DEPLOYMENT_WRITE,
    Scope.CONSENT_EXPLAIN,
}
ANYBODY = ("user:*", "org:*", "app:*")


def keys(service: RunningService) -> dict[str, str]:
    """The keys that the pages speak of, with no more than they say."""
    return {
        "PLATFORM_KEY": service.key(*PLATFORM, principal="org:platform", acts_for=ANYBODY),
        "GENERATOR_KEY": service.key(*GENERATOR, principal="app:generator", acts_for=ANYBODY),
        "OPERATOR_KEY": service.key(*Scope, principal="org:operator", acts_for=("org:operator",)),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_as_the_service_answers(
    page: Path, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what a page runs lives in the service's time, and speaks to this machine
    defaults = PermitGate.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "clock", service.clock)
    monkeypatch.setenv("NO_PROXY", "*")
    named = {f"cam_{who}": enroll(service, f"user:{who}") for who in PEOPLE}
    walk = Walk(url=service.url, keys=keys(service), names=named)
    assert walk.through(page) > 3


def test_every_json_of_these_pages_is_sent_or_compared() -> None:
    """A block of another kind would be checked by nobody."""
    for page in PAGES:
        assert "```json" not in page.read_text(encoding="utf-8"), page


@pytest.mark.parametrize(
    "wrong", ["404\n", '200\n\n{"owner": "user:bob"}\n', '200\n\n{"colour": "…"}\n']
)
def test_a_page_that_is_wrong_is_found(wrong: str, service: RunningService, tmp_path: Path) -> None:
    page = tmp_path / "wrong.md"
    sent = "```http\nGET /v1/cameos/cam_alice\n```\n"
    page.write_text(f"{sent}\n```http\n{wrong}```\n", encoding="utf-8")
    named = {"cam_alice": service.enroll("user:alice")}
    with pytest.raises(AssertionError, match="GET /v1/cameos/cam_alice"):
        Walk(url=service.url, keys=keys(service), names=named).through(page)
