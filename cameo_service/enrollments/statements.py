"""The consent statement that a person agrees to before recording.

A platform may bring its own text; without one, the text below is shown. Either way the version,
the locale and the hash of the exact text are signed into the identity credential.

    >>> statement(version="2026-11", locale="en", text=None)["locale"]
    'en'
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cameo_service.errors import Invalid

BUILT_IN = {
    ("2026-11", "en"): (
        "I am the person in this recording. I agree that my face and my voice are measured in it, "
        "once, to create my cameo: an encrypted, signed template that shows which likeness is "
        "mine. The recording is deleted as soon as the result stands. Nobody may generate with my "
        "cameo unless I allow it; I can take back what I allowed, and delete my cameo, at any time."
    ),
    ("2026-12", "en"): (
        "I am the person in this recording. I agree that my face and my voice are measured in it "
        "to create my cameo: an encrypted, signed template that shows which likeness is mine. The "
        "recording is deleted as soon as the result stands. Up to four stills of my face, and what "
        "I said, are kept encrypted with the cameo, to measure them again when the measuring "
        "improves, and for nothing else. Nobody may generate with my cameo unless I allow it; I "
        "can take back what I allowed, and delete my cameo with all of this, at any time."
    ),
    ("2027-01", "en"): (
        "I am the person in this recording. I agree that my face and my voice are measured in it "
        "to create my cameo: an encrypted, signed template that shows which likeness is mine. The "
        "recording is deleted as soon as the result stands.\n\n"
        "Up to four stills of my face, and what I said, are kept encrypted with the cameo, to "
        "measure them again when the measuring improves.\n\n"
        "Nobody may make anything with my cameo unless I allow it. When I let somebody make "
        "something with my face or my voice, the service that makes it for them (a generator) is "
        "handed what it needs: of my face the template and the stills, of my voice the template "
        "and what I said. Only what I allowed is handed out, and only while I allow it. Each time "
        "is recorded, and I can read who was handed what.\n\n"
        "None of it is used for anything else. I can take back what I allowed, and delete my cameo "
        "with all of this, at any time. What a generator was handed before is with that generator: "
        "when I delete my cameo, it is told to delete this too."
    ),
}
DEFAULT = ("2027-01", "en")
"""What enrollments show where nothing else is asked for."""
NAMING_SAMPLES = frozenset({("2026-12", "en"), ("2027-01", "en")})
"""Built-in statements by which the person agrees that samples are kept."""
NAMING_DISCLOSURE = frozenset({("2027-01", "en")})
"""Those by which the person agrees that samples are handed to generators with a permit."""


def lets_samples_be_kept(accepted: Mapping[str, Any], *, own_texts: bool) -> bool:
    """Whether the statement that a person accepted says that samples are kept.

    What a platform's own text says is not read: `own_texts` is the deployment's word for it.
    """
    named = _BY_DIGEST.get(accepted["sha256"])
    return own_texts if named is None else named in NAMING_SAMPLES


def lets_samples_be_disclosed(signed: Mapping[str, Any], *, own_texts: bool) -> bool:
    """Whether the statement that a credential names says that samples go to generators.

    `signed` has its `sha256`. A built-in text is taken at its word, under whatever version a
    platform showed it: where it says that samples are for something else, they stay here.
    """
    named = _BY_DIGEST.get(signed["sha256"])
    return own_texts if named is None else named in NAMING_DISCLOSURE


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_BY_DIGEST = {_digest(text): named for named, text in BUILT_IN.items()}


def statement(*, version: str, locale: str, text: str | None) -> dict[str, Any]:
    """The statement as it is stored; raise `Invalid` for an unknown one without a text."""
    shown = text or BUILT_IN.get((version, locale))
    if shown is None:
        known = ", ".join(f"`{known}` in `{language}`" for known, language in BUILT_IN)
        raise Invalid(
            "statement_unknown",
            f"there is no built-in statement `{version}` in `{locale}` (there is {known}): "
            "send its `text`",
        )
    return {"version": version, "locale": locale, "text": shown, "sha256": _digest(shown)}
