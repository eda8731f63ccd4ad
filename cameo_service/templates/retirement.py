"""Retirement: the old templates go once every cameo has new ones.

retire(context, old, kept=new)
"""

from cameo_service.context import Context
from cameo_service.templates.genuine import templates_of
from cameo_service.templates.migration import lacking, sign_again
from cameo_service.templates.targets import MODALITIES, Target
from storage.records import TemplateRecord

AT_ONCE = 50


class NotMigrated(Exception):
    """Some cameos have no template yet but of the models that are to be retired. For operators."""

    code = "templates_not_migrated"


def retire(context: Context, old: Target, *, kept: Target) -> int:
    """Drop the templates of `old` that `kept` does not make; return how many.

    Raises `NotMigrated` where a cameo would be left without, and `Tampered` where one's templates
    are not those in its credential. What both packs make stays. A run that is cut off is simply
    repeated.
    """
    with context.store.read() as tx:
        waiting = lacking(tx, kept, limit=1)
    if waiting:
        raise NotMigrated(f"cameo `{waiting[0]}`, for one, has no templates of `{kept.pack}` yet")
    return sum(
        _drop_all(context, modality, old.of(modality))
        for modality in MODALITIES
        if old.of(modality) != kept.of(modality)
    )


def _drop_all(context: Context, modality: str, model_sha256: str) -> int:
    dropped = 0
    while page := _drop_page(context, modality, model_sha256):
        dropped += page
    return dropped


def _drop_page(context: Context, modality: str, model_sha256: str) -> int:
    with context.store.write() as tx:
        page = tx.templates.of_model(modality, model_sha256, limit=AT_ONCE)
        for template in page:
            before = templates_of(tx, context.signer, template.cameo_id)
            tx.templates.drop(template.cameo_id, modality, model_sha256)
            kept = [one for one in before if _place(one) != _place(template)]
            sign_again(tx, context, tx.cameos.get(template.cameo_id), kept)
    return len(page)


def _place(template: TemplateRecord) -> tuple[str, str]:
    return template.modality, template.model_sha256
