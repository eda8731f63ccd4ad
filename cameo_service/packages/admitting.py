"""Whether a person's likeness may go out at all, and to this holder, as things stand now.

    cameo = usable(tx, "cam_1", now=now)
    require_admitted(tx, cameo, "app:studio", now=now)

What ends a permit is asked of the permit; this is what no permit speaks of, and what still stands
if one were forgotten.
"""

from datetime import datetime

from cameo_service import callers
from cameo_service.callers import Caller
from cameo_service.errors import Forbidden, Invalid, Unauthenticated, Unknown, WrongState
from cameo_service.people import principals
from permissions.facts import CameoStatus
from permissions.vocabulary import Standing
from storage.contracts import Transaction
from storage.records import CameoRecord


class PackageNotPermitted(Forbidden):
    """The owner or the deployment lets nothing of this person go to the permit's holder."""

    code = "package_not_permitted"


class CameoNotUsable(WrongState):
    """The cameo is not active, or its credential has expired."""

    code = "cameo_not_usable"


def require_standing(tx: Transaction, caller: Caller) -> None:
    """Raise `Unauthenticated` where the caller's key has ended since it was looked at."""
    key = tx.keys.find(caller.key_id)
    if key is None:
        raise Unauthenticated("the API key is unknown")
    callers.of_key(key)


def usable(tx: Transaction, cameo_id: str, *, now: datetime) -> CameoRecord:
    """The cameo of a person, in use and proven.

    Raises `Unknown`, `Invalid` for a character, and `CameoNotUsable`.
    """
    cameo = tx.cameos.find(cameo_id)
    if cameo is None:
        raise Unknown(f"there is no cameo `{cameo_id}`")
    if cameo.kind != "person":
        raise Invalid(
            "package_not_of_person",
            f"cameo `{cameo_id}` is a character: a package is of a person whom the permit names",
        )
    expires_at = cameo.credential_expires_at
    if cameo.status is not CameoStatus.ACTIVE or expires_at is None or now >= expires_at:
        raise CameoNotUsable(f"cameo `{cameo_id}` is not in use, or its credential has expired")
    return cameo


def require_admitted(tx: Transaction, cameo: CameoRecord, holder: str, *, now: datetime) -> None:
    """Raise `PackageNotPermitted` for a holder that is suspended, or that the owner blocks.

    Which of them it is, is theirs to know.
    """
    suspended = principals.known(tx, holder, now=now).standing is Standing.SUSPENDED
    if suspended or holder in tx.blocks.all_of(cameo.owner):
        raise PackageNotPermitted(f"nothing of cameo `{cameo.id}` is handed to `{holder}`")
