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
        "recording is deleted as soon as the result stands. Up to four stills of my face, and what "
        "I said, are kept encrypted with the cameo: to measure them again when the measuring "
        "improves, and to be handed, signed and with a record that I can read, to a generator "
        "while I allow it to make something with my face or my voice, and for nothing else. Nobody "
        "may generate with my cameo unless I allow it; I can take back what I allowed, and delete "
        "my cameo with all of this, at any time."
    ),
}
NAMING_SAMPLES = frozenset({("2026-12", "en"), ("2027-01", "en")})
"""Built-in statements by which the person agrees that samples are kept."""
NAMING_DISCLOSURE = frozenset({("2027-01", "en")})
"""Those by which the person agrees that samples are handed to generators with a permit."""


def lets_samples_be_kept(accepted: Mapping[str, Any], *, own_texts: bool) -> bool:
    """Whether the statement that a person accepted says that samples are kept.

    What a platform's own text says is not read: `own_texts` is the deployment's word for it.
    """
    named = (accepted["version"], accepted["locale"])
    if accepted["text"] == BUILT_IN.get(named):
        return named in NAMING_SAMPLES
    return own_texts


def lets_samples_be_disclosed(signed: Mapping[str, Any], *, own_texts: bool) -> bool:
    """Whether the statement that a credential names says that samples go to generators.

    `signed` has its `version`, `locale` and `sha256`. A text that was accepted before is taken at
    its word: where it says that samples are for something else, they stay here.
    """
    named = (signed["version"], signed["locale"])
    text = BUILT_IN.get(named)
    if text is not None and signed["sha256"] == hashlib.sha256(text.encode()).hexdigest():
        return named in NAMING_DISCLOSURE
    return own_texts


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
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return {"version": version, "locale": locale, "text": shown, "sha256": digest}
