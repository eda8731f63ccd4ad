"""Pages are well-formed, need nothing from elsewhere, and hold every figure."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.verification.evaluation.test_attacks import result
from tests.verification.evaluation.test_resampled import people
from verification.evaluation.charts import det_chart, deviate
from verification.evaluation.digit_rates import digits_document
from verification.evaluation.digit_strings import SpokenString
from verification.evaluation.digit_takes import Speaker
from verification.evaluation.embedded import Attempt
from verification.evaluation.liveness_rates import liveness_document
from verification.evaluation.matching_rates import Question, matching_document
from verification.evaluation.page import page
from verification.evaluation.sentences import figures_of
from verification.evaluation.strings import Bounds
from verification.liveness.digits import DigitTolerances


def matching(kind: str = "faces", *, count: int = 6) -> dict[str, Any]:
    vectors, subjects = people(count, 3, 0.6, seed=1)
    attempts = [
        Attempt(subject=subject, name="x", embedding=vector.astype(np.float32))
        for vector, subject in zip(vectors, subjects, strict=True)
    ]
    failed = Attempt(subject="p0", name="y", embedding=None, failure="no_face")
    question = Question(
        kind=kind, pack="open", model="m", threshold=0.7, false_match_rate=0.05, seed=1,
        data={"directory": "<script>alert(1)</script>"},
    )  # fmt: skip
    return matching_document([*attempts, failed], question)


def digits() -> dict[str, Any]:
    silence = np.zeros(160, np.float32)
    speakers = [Speaker(name=name, takes=((silence,),) * 10) for name in ("secret name", "other")]
    known = tuple(100 * np.eye(10, dtype=np.float32)[[1, 2]])
    strings = [
        SpokenString(speaker="secret name", said=(1, 2), scores=known),
        SpokenString(speaker="other", said=(2, 1), scores=(None, known[0])),
    ]
    bounds = Bounds(clear=40.0, most=1.0, tolerances=DigitTolerances())
    return digits_document(strings, speakers, bounds, pack="open", data={}, seed=1)


def liveness() -> dict[str, Any]:
    results = [
        result("bonafide/1", None, "verified", turns="pass"),
        result("attacks/replay/1", "replay", "verified", turns="pass"),
        result("attacks/flat/1", "flat", "rejected", turns="fail"),
    ]
    return liveness_document(results, pack="open", data={})


DOCUMENTS = {
    "faces": matching(),
    "voices": matching("voices"),
    "digits": digits(),
    "live": liveness(),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_page_is_well_formed_and_self_contained(kind: str) -> None:
    document = DOCUMENTS[kind]
    text = page(document)
    tree = ET.fromstring(text.removeprefix("<!doctype html>\n"))  # noqa: S314 (our own page)
    assert not re.search(r"https?:|url\(|@import|<script|<link|<img|\bsrc=|\bhref=", text)
    assert tree.find("body/h1") is not None
    assert tree.findall(".//svg")
    words = " ".join("".join(tree.itertext()).split())
    for figure in figures_of(document):
        assert figure.name in words
        assert figure.value in words
        assert figure.meaning in words
    assert "What this does not show" in words


def test_no_name_of_a_subject_is_published() -> None:
    assert "secret name" not in page(DOCUMENTS["digits"])
    assert "secret name" not in repr(DOCUMENTS["digits"])


def test_digits_are_counted_by_string_and_by_speaker() -> None:
    document = DOCUMENTS["digits"]
    right, unrelated = (document["strings"][kind]["accepted"] for kind in ("right", "unrelated"))
    assert (right["errors"], right["trials"]) == (1, 2)
    assert (unrelated["errors"], unrelated["trials"]) == (0, 2 * 99)
    # none of two strings that were said: that shows little, however many were held against them
    assert unrelated["high"] > 0.8
    assert document["failure_to_score"]["errors"] == 1
    assert (document["named_right"]["errors"], document["named_right"]["trials"]) == (3, 3)
    assert document["by_speaker"]["speaker 1"]["strings"]["right"]["accepted"]["rate"] == 1.0
    assert document["by_speaker"]["speaker 2"]["strings"]["right"]["accepted"]["rate"] == 0.0
    assert document["data"]["strings_without_a_shared_recording"] == 10


def test_a_document_states_its_counts_and_limits() -> None:
    document = DOCUMENTS["faces"]
    assert document["data"]["genuine_trials"] == 6 * 3
    assert document["data"]["impostor_trials"] == 15 * 9
    assert document["failure_to_enroll"]["errors"] == 1
    assert document["at_chosen_rate"]["least_rate_supported"] == 3 / 15
    assert document["at_chosen_rate"]["supported"] is False
    assert sum(document["histogram"]["genuine"]) == 18
    rates = [point[:2] for point in document["det"]]
    assert rates[0] == [1.0, 0.0]
    assert rates[-1] == [0.0, 1.0]


def test_axes_are_normal_deviates() -> None:
    assert deviate(0.1) - deviate(0.01) == pytest.approx(2.3263479 - 1.2815516)
    drawn = det_chart({"<a>": [[1.0, 0.0, None], [0.0, 1.0, 0.5]]}, marks={"pack": (0.01, 0.05)})
    ET.fromstring(drawn)  # noqa: S314 (our own drawing)
    assert "<a>" not in drawn
