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
}
NAMING_SAMPLES = frozenset({("2026-12", "en")})
"""Built-in statements by which the person agrees that samples are kept."""


def lets_samples_be_kept(accepted: Mapping[str, Any], *, own_texts: bool) -> bool:
    """Whether the statement that a person accepted says that samples are kept.

    What a platform's own text says is not read: `own_texts` is the deployment's word for it.
    """
    named = (accepted["version"], accepted["locale"])
    if accepted["text"] == BUILT_IN.get(named):
        return named in NAMING_SAMPLES
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
