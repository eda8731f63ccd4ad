"""Cameos and their policies.

>>> list_cameos("user:ann").page().query["owner"]
'user:ann'
"""

from cameo_service.client.calls.call import Call, Listing, get, joined, post, put, reads, said
from cameo_service.client.forms.policies import Policy
from cameo_service.client.results.cameos import Cameo, CameoStatus, Inquiry, PolicyVersion

PATH = "/v1/cameos"


def get_cameo(id: str) -> Call[Cameo]:
    """A cameo and its policy, for the owner's side; with a person, the identity credential."""
    return get(PATH, id, read=reads(Cameo))


def list_cameos(owner: str) -> Listing[Cameo]:
    """The cameos of an owner, ended ones too, oldest first."""
    return Listing(path=PATH, kind=Cameo, query={"owner": owner})


def set_policy(
    cameo_id: str, policy: Policy, *, acting_as: str | None = None
) -> Call[PolicyVersion]:
    """Replace the owner's standing rules. Live permits that rest on the old ones end.

    `acting_as` is who sets them for the owner, under a mandate.
    """
    body = {**policy.body(), **said(acting_as=acting_as)}
    return put(PATH, cameo_id, "policy", body=body, read=reads(PolicyVersion))


def list_policy_versions(cameo_id: str) -> Listing[PolicyVersion]:
    """The versions of a policy, oldest first."""
    return Listing(path=joined(PATH, cameo_id, "policy", "history"), kind=PolicyVersion)


def list_who_asked(cameo_id: str) -> Listing[Inquiry]:
    """Who asked about a cameo, and how often, the latest day first."""
    return Listing(path=joined(PATH, cameo_id, "asked"), kind=Inquiry)


def revoke_cameo(id: str, *, acting_as: str | None = None) -> Call[Cameo]:
    """End a cameo: its templates are destroyed and nothing rests on it any more.

    `acting_as` is a guardian or an estate; else the owner.
    """
    body = said(acting_as=acting_as)
    return post(PATH, id, "revoke", body=body, read=reads(Cameo), repeatable=True)


def suspend_cameo(id: str) -> Call[CameoStatus]:
    """Keep a cameo, of a person or a character, from being used. Its live permits end."""
    return post(PATH, id, "suspend", read=reads(CameoStatus), repeatable=True)


def reinstate_cameo(id: str) -> Call[CameoStatus]:
    """Let a suspended cameo be used again."""
    return post(PATH, id, "reinstate", read=reads(CameoStatus), repeatable=False)
