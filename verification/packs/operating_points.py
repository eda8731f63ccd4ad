"""The thresholds of models that are added from a directory, and what each was measured on.

An operating point belongs to the very weights that it was measured with, so it is looked up by
their hash; other weights get the same number, and the record says that nobody measured them.

    >>> match_of("0" * 64).genuine_trials is None
    True
    >>> match_of(MOBILE_INT8).false_match_rate
    0.0003
"""

from verification.packs.manifest import Threshold

MOBILE_INT8 = "7caa7fb0ad6c37b33e6c59f6411084b487aaabd596bba645d2cce391a5871120"
"""An int8 copy of `w600k_mbf`, the recognizer of `buffalo_s`."""

DISTANCE = "cosine distance, at most"
LIVE_PROBABILITY = "probability of a living face, at least"

_MEASURED = {
    MOBILE_INT8: Threshold(
        value=0.6,
        unit=DISTANCE,
        calibrated_on="AT&T faces (20 people, grey, 200 stills of 23x28 pixels enlarged eightfold, "
        "every pair): hard for want of pixels; in colour (6 people) frames of one video stay "
        "below 0.47, of two people above 0.88",
        genuine_trials=900,
        impostor_trials=19_000,
        false_match_rate=0.0003,
        false_non_match_rate=0.0522,
    )
}
_UNMEASURED = Threshold(
    value=0.6,
    unit=DISTANCE,
    calibrated_on="not calibrated for these weights; the value is that of the mobile recognizer of "
    "buffalo_s, as int8: `cameo evaluate faces DIR --calibrate` measures them",
)
_LIVE = {
    "minifasnet": (
        Threshold(
            value=0.7,
            unit=LIVE_PROBABILITY,
            calibrated_on="176 frames of 3 people talking: none below 0.76, one in ten of those in "
            "interviews below 0.97; one live still 1.00",
        ),
        Threshold(
            value=0.5,
            unit=LIVE_PROBABILITY,
            calibrated_on="the model's own choice between living and not; one print 0.30 to 0.40, "
            "one screen 0.00 to 0.03: two attacks show nothing about others",
        ),
    ),
    "insightface-liveness": (
        Threshold(
            value=0.8,
            unit=LIVE_PROBABILITY,
            calibrated_on="the publisher's default; not measured here",
        ),
        Threshold(
            value=0.5,
            unit=LIVE_PROBABILITY,
            calibrated_on="the model's own choice between living and not; not measured here",
        ),
    ),
}


def match_of(sha256: str) -> Threshold:
    """The face distance for a recognizer of InsightFace's kind with weights of this hash."""
    return _MEASURED.get(sha256, _UNMEASURED)


def live_of(adapter: str) -> Threshold:
    """From where on a face counts as living, by the passive model's adapter."""
    return _LIVE[adapter][0]


def attack_of(adapter: str) -> Threshold:
    """Below which a face counts as a picture of one, by the passive model's adapter."""
    return _LIVE[adapter][1]
