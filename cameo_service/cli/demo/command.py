"""The command `cameo demo`."""

import secrets
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cameo_service.cli.exits import ExitCode
from cameo_service.cli.failures import CliError
from cameo_service.cli.options import JsonOption, epilog

if TYPE_CHECKING:
    from cameo_service.cli.demo.narration import Narrator
    from cameo_service.cli.demo.scene import Scene
    from cameo_service.settings import Settings


def demo(
    *,
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="Database, blobs, keys and models of the demo.")
    ] = Path("demo-data"),
    stop: Annotated[bool, typer.Option("--exit", help="Stop everything after the story.")] = False,
    attack: Annotated[
        str, typer.Option("--attack", help="The studio's attack that Mallory tries.")
    ] = "replay",
    pack: Annotated[
        str | None, typer.Option("--pack", help="Model pack of a new data directory.")
    ] = None,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept-non-commercial", help="Prefer models that are for non-commercial use only."
        ),
    ] = False,
    within: Annotated[
        float,
        typer.Option(
            "--start-within", help="Seconds that the service gets to start.", min=1, max=86_400
        ),
    ] = 300,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story on this machine, with real models, signatures and processes.

    Alice enrolls with a recording that the studio makes; Mallory's forgery is rejected; Alice
    rules politics out and grants Bob one use; a generator gets a permit and verifies it offline;
    Eve is denied; Bob's film is published; Alice revokes, and it is recalled; fans use a character.
    Afterwards the service goes on with links to try it yourself, until Ctrl-C. The first run
    fetches models, about 130 MB.
    """
    from cameo_service.cli.demo.backstage import demo_settings, running_service
    from cameo_service.cli.demo.narration import JsonNarrator, TerminalNarrator

    _require_attack(attack)
    narrator: Narrator = JsonNarrator() if as_json else TerminalNarrator()
    settings = demo_settings(data_dir)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = time.perf_counter()
    narrator.act("Backstage")
    _models_ready(settings, narrator, pack=pack, accept=accept)
    with ExitStack() as stack:
        with narrator.step("service", "Service and worker start") as step:
            log = settings.data_dir / "service.log"
            url = stack.enter_context(running_service(settings, log=log, within=within))
            _require_ready(url, settings.data_dir)
            step.tell(f"{url}, logs in {log}", url=url)
        links = _play(settings, narrator, url, attack=attack)
        narrator.end(seconds=time.perf_counter() - started, links={} if stop else links)
        if not stop:
            typer.echo("\nThe service goes on. Ctrl-C stops it.", err=True)
            _wait()


DEMO_EPILOG = epilog(
    "cameo demo",
    "cameo demo --exit",
    "cameo demo --exit --attack person_swap --json",
    codes="0  the story went as told; 1  it went otherwise; 4  something needed is missing",
)


def _require_attack(name: str) -> None:
    from verification.studio.attacks import ATTACKS

    if name not in ATTACKS:
        raise CliError(
            "unknown_attack",
            f"no attack is called `{name}`: there are {', '.join(sorted(ATTACKS))}",
            exit_code=ExitCode.USAGE,
        )


def _models_ready(
    settings: "Settings", narrator: "Narrator", *, pack: str | None, accept: bool
) -> None:
    from verification.packs.choice import ensure_pack
    from verification.packs.errors import PackError
    from verification.packs.shelf import read_pack

    with narrator.step("models", "Models ready") as step:
        try:
            directory = ensure_pack(
                settings.data_dir,
                choice=pack,
                accept_non_commercial=accept,
                progress=narrator.progress,
            )
            ready = read_pack(directory)
        except PackError as error:
            # a command that the message names would work in the usual directory
            raise CliError(
                error.code,
                f"{error}, with `--data-dir {settings.data_dir}`",
                exit_code=ExitCode.UNAVAILABLE,
            ) from error
        use = "commercial use too" if ready.commercial else "partly for non-commercial use only"
        step.tell(f"pack `{ready.name}`, {use}", pack=ready.name, commercial=ready.commercial)


def _require_ready(url: str, data_dir: Path) -> None:
    import httpx2

    from cameo_service.cli.demo.scene import expect

    answer = httpx2.get(f"{url}/readyz", trust_env=False, timeout=30)
    expect(
        answer.status_code == 200,
        f"the service is not ready: {answer.text}; what mends it takes `--data-dir {data_dir}`",
    )


def _play(
    settings: "Settings", narrator: "Narrator", url: str, *, attack: str
) -> Mapping[str, str]:
    """Tell the story under temporary keys; return the links that go on working."""
    import httpx2

    from cameo_service.cli.demo.backstage import earlier_cameos, temporary_keys
    from cameo_service.cli.demo.scene import Scene
    from cameo_service.cli.demo.story import tell
    from cameo_service.client import CameoClient

    with (
        temporary_keys(settings) as keys,
        tempfile.TemporaryDirectory(prefix="cameo-demo-") as folder,
        # Proxies of the environment have no business on this machine's own loopback.
        httpx2.Client(trust_env=False) as http,
    ):
        scene = Scene(
            platform=CameoClient(url, key=keys.platform, http=http),
            generator=CameoClient(url, key=keys.generator, http=http),
            issuer=url,
            narrator=narrator,
            recordings=Path(folder),
            run=secrets.token_hex(3),
            attack=attack,
            earlier=tuple(earlier_cameos(settings)),
        )
        tell(scene)
        return _links(scene, url)


def _links(scene: "Scene", url: str) -> Mapping[str, str]:
    visitor = scene.platform.start_enrollment(scene.user("visitor"))
    return {
        "Enroll with your webcam": visitor.capture_url,
        "API description": f"{url}/openapi.json",
        "Readiness": f"{url}/readyz",
        "Metrics": f"{url}/metrics",
    }


def _wait() -> None:
    from cameo_service.cli.stopping import stop_signals

    stopped = threading.Event()
    with stop_signals(stopped.set):
        stopped.wait()
