"""`cameo worker`: verify recordings, one after the other, and deliver webhooks beside it."""

import threading

import typer

from cameo_service.cli.options import (
    DataDirOption,
    JsonOption,
    MigrateOption,
    StdinOption,
    epilog,
)


def worker(
    *,
    data_dir: DataDirOption = None,
    migrate: MigrateOption = False,
    with_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    """Verify recordings and deliver webhooks until stopped; what is in hand is finished first.

    Start as many as there are processors to spare, on any machine that reaches the database and
    the blobs. Models are loaded with the first recording. Killing a worker loses nothing: its
    recording goes to the next one.
    """
    from cameo_service.cli.configuration import load_settings, warn_of_unknown_variables
    from cameo_service.cli.opening import opened
    from cameo_service.cli.output import emit_json
    from cameo_service.cli.stopping import stop_signals, stop_with_stdin
    from cameo_service.log.sequencing import sequencing
    from cameo_service.logs import configure_logs
    from cameo_service.metrics import serve_metrics
    from cameo_service.webhooks.delivering import delivering
    from cameo_service.worker import Worker
    from verification.packs.loading import Models, load_models
    from verification.packs.others import OtherPacks
    from verification.packs.shelf import Shelf

    settings = load_settings(data_dir=data_dir)
    configure_logs(settings.log_level)
    warn_of_unknown_variables(settings)

    def load() -> Models:
        directory = Shelf(settings.data_dir).active_directory()
        return load_models(directory, threads=settings.inference_threads)

    stop = threading.Event()
    with opened(settings, migrate=migrate) as context, stop_signals(stop.set):
        if with_stdin:
            stop_with_stdin()
        if as_json:
            emit_json({"event": "working"})
        else:
            typer.echo("Working. Ctrl-C stops after the recording in hand.")
        if settings.worker_metrics_port:
            serve_metrics(settings)
        others = OtherPacks(Shelf(settings.data_dir), threads=settings.inference_threads)
        with sequencing(context), delivering(context):
            Worker(context, load=load, others=others).run(stop)


WORKER_EPILOG = epilog(
    "cameo worker",
    "CAMEO_DATABASE_URL=postgresql://cameo@db/cameo cameo worker",
    codes="4  the database or its schema is missing",
)
