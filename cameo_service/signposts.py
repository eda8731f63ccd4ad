"""Ways on from the front door: what people, platforms and verifiers find at this deployment.

>>> [each.path for each in VERIFIERS.ways][:2]
['/.well-known/jwks.json', '/.well-known/cameo-root']
>>> contact_link("privacy@example.com"), contact_link("javascript:alert(1)")
('mailto:privacy@example.com', None)

The page `/` and its JSON say the same. Nothing here is of one person, and nothing tells a version.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from cameo_service.authzen.metadata import CONFIGURATION
from cameo_service.settings import Settings

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_MAIL_ADDRESS = re.compile(r"[^\s@:/<>\"]+@[^\s@:/<>\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way on: its `name` in the JSON, its `path`, and what people read."""

    name: str
    path: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signpost:
    """The ways on for those of one kind, and what they have to know first."""

    name: str
    title: str
    says: str
    ways: tuple[Way, ...]


PEOPLE = Signpost(
    name="people",
    title="It is about your face, voice or name",
    says="Enrolling begins with a link that the platform you use gives you; it is for you alone. "
    "At any time you can take back what you allowed, and have your cameo erased: ask that "
    "platform.",
    ways=(Way(name="retention", path="/retention", says="What is kept, and for how long"),),
)
PLATFORMS = Signpost(
    name="platforms",
    title="You build a platform or a generator",
    says="Ask before you generate. Everything is done over an API, with a key that the operator of "
    "this service gives you.",
    ways=(
        Way(name="openapi", path="/openapi.json", says="The API, as an OpenAPI document"),
        Way(name="authzen", path=CONFIGURATION, says="OpenID AuthZEN: endpoints and capabilities"),
    ),
)
VERIFIERS = Signpost(
    name="verifiers",
    title="You verify what somebody shows you",
    says="What this service issues is signed, and consent is written down in a log that nobody can "
    "change unnoticed. To verify that you need no account here.",
    ways=(
        Way(name="jwks", path="/.well-known/jwks.json", says="Public keys, a JSON Web Key Set"),
        Way(name="root", path="/.well-known/cameo-root", says="The root key and its certificates"),
        Way(name="log", path="/log/checkpoint", says="The newest checkpoint of the consent log"),
        Way(name="retention", path="/v1/retention", says="What is kept and for how long, as JSON"),
    ),
)
SIGNPOSTS = (PEOPLE, PLATFORMS, VERIFIERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who runs the deployment, as far as the settings say; `link` leads to the `contact`."""

    name: str | None
    address: str | None
    contact: str | None
    link: str | None


def operator_of(settings: Settings) -> Operator | None:
    """The operator, or None where the settings say nothing of it."""
    name, address = settings.operator_name, settings.operator_address
    contact = settings.operator_contact
    if not (name or address or contact):
        return None
    link = contact_link(contact) if contact else None
    return Operator(name=name, address=address, contact=contact, link=link)


def contact_link(contact: str) -> str | None:
    """Where a mail or web address leads, and None for anything else: it is text then."""
    if _WEB_ADDRESS.fullmatch(contact):
        return contact
    if _MAIL_ADDRESS.fullmatch(contact):
        return f"mailto:{quote(contact, safe='@')}"
    return None


def signposts_document(settings: Settings) -> dict[str, object]:
    """The same for programs: who runs the deployment, and absolute addresses."""
    operator = operator_of(settings)
    said = operator and {
        "name": operator.name,
        "address": operator.address,
        "contact": operator.contact,
    }
    links = {
        each.name: {way.name: f"{settings.issuer}{way.path}" for way in each.ways}
        for each in SIGNPOSTS
    }
    return {"object": "service", "operator": said, **links}
