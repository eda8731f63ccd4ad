"""The group `cameo evaluate` and its commands.

$ cameo evaluate --help
"""

import typer

from cameo_service.cli.evaluation.digits import DIGITS_EPILOG, evaluate_digits
from cameo_service.cli.evaluation.liveness import LIVENESS_EPILOG, evaluate_liveness
from cameo_service.cli.evaluation.matching import (
    FACES_EPILOG,
    VOICES_EPILOG,
    evaluate_faces,
    evaluate_voices,
)

evaluate_app = typer.Typer(
    name="evaluate",
    help="Measure error rates on your own data, with intervals, and calibrate a pack by them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
evaluate_app.command("faces", epilog=FACES_EPILOG)(evaluate_faces)
evaluate_app.command("voices", epilog=VOICES_EPILOG)(evaluate_voices)
evaluate_app.command("digits", epilog=DIGITS_EPILOG)(evaluate_digits)
evaluate_app.command("liveness", epilog=LIVENESS_EPILOG)(evaluate_liveness)
