"""An evaluation as one HTML page that needs nothing from elsewhere.

    Path("faces.html").write_text(page(document))

It holds figures only: no name of a subject, no still, no score of a single pair.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from verification.evaluation.charts import det_chart, histogram_chart, interval_chart
from verification.evaluation.sentences import figures_of, percent
from verification.evaluation.unshown import UNSHOWN

TITLES = {
    "faces": "Faces: how often two people are taken for one",
    "voices": "Voices: how often two speakers are taken for one",
    "digits": "Digits: which strings are accepted",
    "liveness": "Liveness: which attacks get through",
}


DET_CAPTION = (
    "The DET curve: every threshold trades one error for the other. Nearer to the lower left "
    "corner is better. Axes are normal deviates; what is below 0.01 % is drawn there."
)

HISTOGRAM_CAPTION = (
    "How alike pairs are: those of one person should lie right of the threshold, those of two "
    "people left. Each colour is scaled to its own highest bar."
)


def page(document: Mapping[str, Any]) -> str:
    """The page of any kind of evaluation. Raises `KeyError` for a kind that there is not."""
    return _template().render(
        title=TITLES[document["kind"]],
        document=document,
        figures=figures_of(document),
        charts=[(caption, Markup(drawn)) for caption, drawn in _charts(document)],  # noqa: S704 (drawn by `charts`, which escapes every text)
        limits=UNSHOWN[document["kind"]],
        percent=percent,
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(text)


def _charts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    if document["kind"] in {"faces", "voices"}:
        return _matching_charts(document)
    rows = [
        (name, found["rate"], found["low"], found["high"])
        for name, found in _rates(document)
        if found["rate"] is not None
    ]
    caption = "Each rate is a dot, its 95 % interval a line: more trials make it shorter."
    return [(caption, interval_chart(rows))] if rows else []


def _rates(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if document["kind"] == "digits":
        return [(name, found["accepted"]) for name, found in document["strings"].items()]
    genuine = [("genuine rejected", document["bona_fide"]["bpcer"])]
    return genuine + [(name, found["apcer"]) for name, found in document["species"].items()]


def _matching_charts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    pack, chosen = document["at_pack_threshold"], document["at_chosen_rate"]
    marks = {
        name: (at["false_match_rate"]["rate"], at["false_non_match_rate"]["rate"])
        for name, at in (("pack", pack), ("chosen", chosen))
    }
    thresholds = {
        name: at["threshold"]
        for name, at in (("pack", pack), ("chosen", chosen))
        if at["threshold"] is not None
    }
    return [
        (DET_CAPTION, det_chart({document["pack"]: document["det"]}, marks=marks)),
        (HISTOGRAM_CAPTION, histogram_chart(document["histogram"], thresholds)),
    ]
