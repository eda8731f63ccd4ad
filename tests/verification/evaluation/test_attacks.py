from verification.evaluation.attacks import Judged, species_of, tally, worst_of
from verification.evaluation.judging import judged_of
from verification.evaluation.liveness_rates import liveness_document


def seen(species: str | None, verdict: str, *stops: str) -> Judged:
    return Judged(name="x", species=species, verdict=verdict, stopped_by=stops, seconds=1.0)


def result(name: str, species: str | None, verdict: str, **checks: str) -> dict[str, object]:
    return {
        "name": name,
        "species": species,
        "sha256": name,
        "seconds": 2.0,
        "verdict": verdict,
        "pack": "open",
        "checks": [
            {
                "name": check,
                "outcome": outcome,
                "code": None if outcome == "pass" else f"bad_{check}",
            }
            for check, outcome in checks.items()
        ],
    }


def test_only_what_is_verified_counts_for_apcer() -> None:
    found = tally([seen("a", "verified"), seen("a", "needs_review"), seen("a", "rejected", "t:c")])
    assert (found.classification_error.errors, found.classification_error.trials) == (1, 3)
    assert (found.review.errors, found.rejection.errors) == (1, 1)
    assert found.stopped_by == {"t:c": 1}


def test_the_worst_species_is_the_one_that_gets_through_most() -> None:
    judged = [seen("a", "rejected"), seen("b", "needs_review"), seen("c", "rejected")]
    assert worst_of(species_of(judged)) == "b"
    assert worst_of(species_of([*judged, seen("c", "verified")])) == "c"
    assert worst_of({}) is None


def test_a_doubt_stops_only_where_nothing_failed() -> None:
    both = judged_of(result("a", None, "rejected", turns="fail", voice="inconclusive", face="pass"))
    assert both.stopped_by == ("turns:bad_turns",)
    doubt = judged_of(result("a", None, "needs_review", voice="inconclusive", face="pass"))
    assert doubt.stopped_by == ("voice:bad_voice",)


def test_the_document_counts_everything_once() -> None:
    results = [
        result("bonafide/1", None, "verified", turns="pass"),
        result("bonafide/2", None, "rejected", turns="fail"),
        result("attacks/replay/1", "replay", "verified", turns="pass"),
        result("attacks/replay/2", "replay", "rejected", turns="fail"),
    ]
    document = liveness_document(results, pack="open", data={"directory": "d"})
    assert document["bona_fide"]["bpcer"]["errors"] == 1
    assert document["bona_fide"]["not_verified"] == ["bonafide/2"]
    assert document["species"]["replay"]["apcer"]["rate"] == 0.5
    assert document["species"]["replay"]["stopped_by"] == {"turns:bad_turns": 1}
    assert document["worst_species"] == "replay"
    assert document["data"]["attacks"] == 2
