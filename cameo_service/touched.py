"""The keys under which a write says what it touched, and on which permits and uses rest.

One vocabulary for both. A write touches keys in its revision, so that compiled facts that depend
on them are dropped; the end of something ends, by the same key, what rests on it.

>>> between("user:ann", "user:bob")
'between:user:ann:user:bob'
"""

DEPLOYMENT = "deployment"
"""The deployment's rules."""


def cameo(id: str) -> str:
    """A cameo's state and credential, its character, the grants on it."""
    return f"cameo:{id}"


def protected(id: str) -> str:
    """A protected face. No facts depend on it, only who is recognized."""
    return f"protected:{id}"


def policy(cameo_id: str) -> str:
    """The policy of a cameo. Facts of it fall with `cameo`."""
    return f"policy:{cameo_id}"


def grant(id: str) -> str:
    """A grant, and what is left of it."""
    return f"grant:{id}"


def approval(id: str) -> str:
    """A one-off approval."""
    return f"approval:{id}"


def principal(name: str) -> str:
    """What is known of a principal: standing, age, death, who represents it, whom it blocks, with
    whom it is mutual, what was approved for it."""
    return f"principal:{name}"


def between(owner: str, other: str) -> str:
    """What an owner and somebody else have with each other: a block, a relationship. Only permits
    rest on this; facts of it fall with `principal`."""
    return f"between:{owner}:{other}"


def use(id: str) -> str:
    """An earlier use, as the ancestor of others."""
    return f"use:{id}"


def key(id: str) -> str:
    """An API key, and the permits that were issued to it."""
    return f"key:{id}"


def permit(id: str) -> str:
    """A permit that its holder gave back. No facts depend on it, only the age of status lists."""
    return f"permit:{id}"
