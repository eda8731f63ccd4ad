"""URLs of webhooks: what is refused at once, before anything is sent there.

>>> check_url("https://studio.example/cameo", TargetRules())
'https://studio.example/cameo'
>>> check_url("https://2130706433/", TargetRules())
Traceback (most recent call last):
    ...
cameo_service.errors.Invalid: the URL names an address that is not public
"""

import re
import socket
from collections.abc import Sequence

import httpx2

from cameo_service.errors import Invalid
from cameo_service.webhooks.targets import TargetRules

LONGEST_URL = 1_000
HIGHEST_PORT = 65_535
LONGEST_NAME, LONGEST_LABEL = 253, 63
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


def check_url(url: str, rules: TargetRules) -> str:
    """Return `url` unchanged; raise `Invalid` where nothing may ever be sent there.

    What its name resolves to is judged with every attempt, and not here.
    """
    parsed = _parsed(url)
    if parsed.scheme != "https" and not (parsed.scheme == "http" and rules.has_loopback):
        raise Invalid("webhook_url_not_https", "the URL of a webhook must be `https`")
    lets = rules.lets if parsed.scheme == "https" else rules.lets_plain
    if not all(lets(address) for address in _written(parsed.host)):
        raise Invalid("webhook_url_not_public", "the URL names an address that is not public")
    return url


def _parsed(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
        sound = len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and " " not in url
    except (httpx2.InvalidURL, ValueError):
        sound = False
    if not sound or not _has_sound_authority(url, parsed) or "#" in url or not _has_port(parsed):
        raise Invalid(
            "webhook_url_malformed",
            f"the URL must be absolute, in ASCII, of at most {LONGEST_URL} characters, with the "
            "name of a host as it is looked up, without user, password or fragment",
        )
    return parsed


def _has_sound_authority(url: str, parsed: httpx2.URL) -> bool:
    """Whether there is a host that can be one, with nothing before it.

    Looked at as it is written: what a parser makes of `@` and `%2e` another one may not.
    """
    authority = _AUTHORITY.match(url)
    if authority is None or any(sign in authority[1] for sign in "@%\\"):
        return False
    return bool(parsed.host) and (":" in parsed.host or _can_be_a_name(parsed.host))


def _can_be_a_name(host: str) -> bool:
    """Whether `host` has labels as RFC 1035 (2.3.4) has them. One dot may end a name, and no
    address.

    >>> [_can_be_a_name(each) for each in ("a.example.", "a..example", "1.1.1.1", "1.1.1.1.")]
    [True, False, True, False]
    """
    name = host.removesuffix(".")
    if len(name) > LONGEST_NAME or not all(
        0 < len(label) <= LONGEST_LABEL for label in name.split(".")
    ):
        return False
    return name == host or not _written(name) or name.endswith("localhost")


def _has_port(url: httpx2.URL) -> bool:
    return url.port is None or 0 < url.port <= HIGHEST_PORT


def _written(host: str) -> Sequence[str]:
    """The addresses that `host` itself spells, in any way that a resolver understands: `127.1`,
    `2130706433`. Nothing is looked up."""
    if host.rstrip(".").endswith("localhost"):
        return ("127.0.0.1",)
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return ()
    return [str(each[4][0]) for each in found]
