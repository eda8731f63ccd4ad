"""The name of our C2PA assertion: in the namespace of the service that made the receipt.

C2PA asks for the reversed Internet domain of whoever defines an assertion. There is no assertion,
and no CAWG role, for a depicted person who consented.

    >>> label_of("https://consent.example.com")
    'com.example.consent.cameo.consent-receipt'
    >>> label_of("http://127.0.0.1:8400")
    'invalid.cameo.consent-receipt'
    >>> is_receipt_label("com.example.consent.cameo.consent-receipt__1"), is_receipt_label("x")
    (True, False)
"""

import re
from urllib.parse import urlsplit

_OWN = "cameo.consent-receipt"
_LABEL = re.compile(rf"(?:[a-z0-9_-]+\.)+{re.escape(_OWN)}(?:__\d+)?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")


def label_of(issuer: str) -> str:
    """The assertion's label for receipts of `issuer`, a web address.

    An address without a domain, such as that of a test, has no namespace: `invalid` (RFC 2606).
    """
    host = (urlsplit(issuer).hostname or "").lower()
    domain = host if _DOMAIN.fullmatch(host) else "invalid"
    return ".".join([*reversed(domain.split(".")), _OWN])


def is_receipt_label(label: str) -> bool:
    """Whether an assertion with this label holds a consent receipt."""
    return _LABEL.fullmatch(label) is not None
