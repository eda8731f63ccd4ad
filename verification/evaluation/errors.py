"""What stops an evaluation.

>>> str(NothingToEvaluate("no still in `faces`"))
'no still in `faces`'
"""

from verification.errors import VerificationError


class EvaluationError(VerificationError):
    """The one base of what this package raises."""

    code = "evaluation_error"


class NothingToEvaluate(EvaluationError):
    """The directory has not the layout, or too few subjects or samples for any rate."""

    code = "nothing_to_evaluate"


class TooLittleData(EvaluationError):
    """The data does not support the claim: with no error in n trials, 3/n is what is shown."""

    code = "too_little_data"


class NotCalibrable(EvaluationError):
    """No threshold of this pack can be measured on these recordings."""

    code = "not_calibrable"


class OtherEvaluation(EvaluationError):
    """The results that lie there are of other models, tolerances or another directory."""

    code = "other_evaluation"
