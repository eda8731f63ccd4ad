"""Uses: reported by their holders, seen and called back by owners.

>>> list_uses(recalled=True).page().query["recalled"]
'true'
"""

from collections.abc import Iterable

from cameo_service.client.calls.call import Call, Listing, creation, get, joined, post, reads, said
from cameo_service.client.forms.assets import Asset
from cameo_service.client.forms.obligations import Obligation
from cameo_service.client.forms.sending import sent
from cameo_service.client.results.uses import HeldUse, OwnedUse, use_of

PATH = "/v1/uses"


def report_use(
    permit_id: str,
    *,
    assets: Iterable[Asset] = (),
    location: str | None = None,
    obligations_met: Iterable[Obligation] = (),
    idempotency_key: str | None = None,
) -> Call[HeldUse]:
    """Report what comes of a permit, while it lives: best when work on it begins. It is spent.

    `generate` and `remix` give a draft, `tag` and `publish` what is published. The receipts repeat
    which of the permit's obligations are stated to be met.
    """
    met = sent(obligations_met) or None
    stated = said(location=location, obligations_met=met)
    body = {"permit_id": permit_id, "assets": sent(assets), **stated}
    return creation(PATH, body=body, read=reads(HeldUse), idempotency_key=idempotency_key)


def list_uses(*, holder: str | None = None, recalled: bool = False) -> Listing[HeldUse]:
    """The uses that a holder answers for; with `recalled`, those it is asked to remove.

    The holder is the key's principal unless said otherwise.
    """
    query = said(holder=holder, recalled="true" if recalled else None)
    return Listing(path=PATH, kind=HeldUse, query=query)


def get_use(id: str) -> Call[HeldUse | OwnedUse]:
    """A use, for its holder; and for the owners of the likenesses in it, as far as they go."""
    return get(PATH, id, read=use_of)


def list_cameo_uses(cameo_id: str) -> Listing[OwnedUse]:
    """Every use of a cameo, drafts too, for its owner's side."""
    return Listing(path=joined("/v1/cameos", cameo_id, "uses"), kind=OwnedUse)


def add_assets(id: str, assets: Iterable[Asset]) -> Call[HeldUse]:
    """Add assets to a draft, each once. A permit or approval to publish it as it was ends."""
    body = {"assets": sent(assets)}
    return post(PATH, id, "assets", body=body, read=reads(HeldUse), repeatable=True)


def publish_use(
    id: str,
    permit_id: str,
    *,
    location: str | None = None,
    obligations_met: Iterable[Obligation] = (),
) -> Call[HeldUse]:
    """Publish a draft, on a living permit to `publish` that names it as its `draft`.

    The receipts of the publication repeat which of that permit's obligations are stated to be met.
    """
    met = sent(obligations_met) or None
    body = {"permit_id": permit_id, **said(location=location, obligations_met=met)}
    return post(PATH, id, "publish", body=body, read=reads(HeldUse), repeatable=True)


def remove_use(id: str) -> Call[HeldUse]:
    """Report that a use is gone. A recall of it is done then."""
    return post(PATH, id, "remove", read=reads(HeldUse), repeatable=True)


def ask_removal(id: str, *, reason: str | None = None) -> Call[OwnedUse]:
    """Ask the holder to remove a use, as the owner of a likeness in it. It reads the reason."""
    body = said(reason=reason)
    return post(PATH, id, "ask-removal", body=body, read=reads(OwnedUse), repeatable=True)
