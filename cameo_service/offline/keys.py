"""What verifies statements: published keys, or those that a pinned root key certified.

    keys = certified_keys(document, root="kPrK_qmx…")     # /.well-known/cameo-root, and your pin
    claims = claims_of(token, keys, typ="cameo-receipt+jwt")

Published keys are as good as the connection that they came over. The root's thumbprint is kept from
the beginning (the operator tells it: `cameo keys signing`), and outlives every rotation.

    >>> published_keys({"keys": []})
    {}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cameo_service.offline.errors import NotProven
from storage.algorithms import (
    Algorithm,
    MalformedKey,
    PublicHalf,
    algorithm_of,
    public_from_jwk,
    thumbprint,
)
from storage.certificates import Certificate, NotCertified, certified_by
from storage.revocations import NotRevoked, revoked_by

_BEGINNING = datetime.fromtimestamp(0, UTC)
_LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """What verifies. `purpose` is the one thing it may sign, where the root says so.

    `revoked_at` is set for a withdrawn key: it verifies only what is shown to be from before.
    """

    kid: str
    public_key: PublicHalf
    purpose: str | None = None
    revoked_at: datetime | None = None

    @property
    def algorithm(self) -> Algorithm:
        """What the key signs with: it follows from the key."""
        return algorithm_of(self.public_key)


def published_keys(jwks: Mapping[str, Any]) -> dict[str, VerifyingKey]:
    """The keys of a JWK set by kid, without those of kinds that are not used here.

    Withdrawn ones stand apart in the set, in `revoked_keys`; one that stands in both is withdrawn.
    Raises `NotProven`: `keys_malformed`, also where two have one kid.
    """
    found: dict[str, VerifyingKey] = {}
    for jwk in _listed(jwks, "keys"):
        key = _published(jwk)
        if key is not None and key.kid in found:
            raise NotProven("keys_malformed", f"two keys have the kid `{key.kid}`")
        if key is not None:
            found[key.kid] = key
    for jwk in _listed(jwks, "revoked_keys") if "revoked_keys" in jwks else ():
        kid = jwk.get("kid") if isinstance(jwk, Mapping) else None
        key = _published(jwk) or (found.get(kid) if isinstance(kid, str) else None)
        if key is not None:
            # one that cannot be read says of which key it is all the same
            at = (_revoked_at(jwk) if isinstance(jwk, Mapping) else None) or _BEGINNING
            known = found[key.kid].revoked_at if key.kid in found else None
            found[key.kid] = replace(key, revoked_at=min(at, known or at))
    return found


def certified_keys(document: Mapping[str, Any], *, root: str) -> dict[str, VerifyingKey]:
    """The keys that the root with the thumbprint `root` certified, by kid.

    `document` is what `/.well-known/cameo-root` says; of the keys that the root withdrew it has its
    word for that. Raises `NotProven`: `keys_malformed`, `root_differs`, `key_not_certified`,
    `revocation_wrong`, and `revocation_missing` where a certificate names a withdrawal that is not
    shown.
    """
    public = root_of(document, root=root)
    tokens = _listed(document, "certificates")
    revocations = _listed(document, "revocations") if "revocations" in document else []
    revoked = _earliest(_revoked(public, revocations))
    certificates = list(_certificates(public, tokens))
    _require_shown(certificates, revoked)
    found = {
        each.kid: VerifyingKey(kid=each.kid, public_key=each.public_key, purpose=each.purpose)
        for each in certificates
    }
    return {**found, **revoked}


def root_of(document: Mapping[str, Any], *, root: str) -> PublicHalf:
    """The root key in `document`, which must be the one with this thumbprint.

    Raises `NotProven`: `keys_malformed`, `root_differs`.
    """
    jwk = document.get("root")
    try:
        public = public_from_jwk(jwk if isinstance(jwk, Mapping) else {})
    except MalformedKey as error:
        raise NotProven("keys_malformed", f"the root key: {error}") from error
    if thumbprint(public) != root:
        raise NotProven("root_differs", f"the root key is `{thumbprint(public)}`, not `{root}`")
    return public


def _certificates(root: PublicHalf, tokens: Iterable[object]) -> Iterable[Certificate]:
    for token in tokens:
        try:
            yield certified_by(root, token if isinstance(token, str) else "")
        except NotCertified as error:
            raise NotProven("key_not_certified", str(error)) from error


def _revoked(root: PublicHalf, tokens: Iterable[object]) -> Iterable[tuple[datetime, VerifyingKey]]:
    for token in tokens:
        try:
            stated = revoked_by(root, token if isinstance(token, str) else "")
        except NotRevoked as error:
            raise NotProven("revocation_wrong", str(error)) from error
        key = VerifyingKey(
            kid=stated.kid,
            public_key=stated.public_key,
            purpose=stated.purpose,
            revoked_at=stated.revoked_at,
        )
        yield stated.revoked_at, key


def _earliest(keys: Iterable[tuple[datetime, VerifyingKey]]) -> dict[str, VerifyingKey]:
    """By kid. What was moved to an earlier moment may be shown with what was said before."""
    found: dict[str, tuple[datetime, VerifyingKey]] = {}
    for at, key in keys:
        if key.kid not in found or at < found[key.kid][0]:
            found[key.kid] = at, key
    return {kid: key for kid, (_, key) in found.items()}


def _require_shown(
    certificates: Iterable[Certificate], revoked: Mapping[str, VerifyingKey]
) -> None:
    for each in certificates:
        for kid, at in each.revoked.items():
            shown = revoked[kid].revoked_at if kid in revoked else None
            if shown is None or shown > at:
                raise NotProven(
                    "revocation_missing",
                    f"the certificate of `{each.kid}` names the withdrawal of `{kid}`, which is "
                    "not shown",
                )


def _published(jwk: object) -> VerifyingKey | None:
    if not isinstance(jwk, Mapping) or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    kid = jwk.get("kid")
    try:
        key = public_from_jwk(jwk)
    except MalformedKey:
        # a set may hold keys of other kinds (RFC 7517, 5)
        return None
    if not isinstance(kid, str) or jwk.get("alg", algorithm_of(key)) != algorithm_of(key):
        return None
    return VerifyingKey(kid=kid, public_key=key, revoked_at=_revoked_at(jwk))


def _revoked_at(jwk: Mapping[str, Any]) -> datetime | None:
    """Since when a JWK is revoked (OpenID Federation 1.0); what cannot be read is so for ever."""
    if "revoked" not in jwk:
        return None
    match jwk["revoked"]:
        case {"revoked_at": int(seconds)} if 0 <= seconds <= _LATEST:
            return datetime.fromtimestamp(seconds, UTC)
    return _BEGINNING


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list):
        raise NotProven("keys_malformed", f"`{name}` is no list")
    return found
