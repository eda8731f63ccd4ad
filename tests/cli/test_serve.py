"""`cameo serve` and its worker: they start, answer, log, and end when and only when they should."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import ENDS_WITHIN_S, cameo, serving, workers_of
from tests.kinds import Kind


def wait_until(condition: Callable[[], object], *, within_s: float = 90) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_it_creates_its_database_answers_and_stops_when_told(
    data_dir: Path, tmp_path: Path, databases: Kind
) -> None:
    with serving(data_dir=data_dir, log=tmp_path / "log") as service:
        answer = service.get("/healthz", **{"x-request-id": "from-the-test"})
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert "server" not in answer.headers
        ready = service.get("/readyz").json()
        assert ready["store"]["ok"] is True
        assert service.stop() == 0
        lines = service.logged()
    assert (data_dir / "cameo.sqlite").exists() is (databases.name == "sqlite")
    [request] = [line for line in lines if line.get("request_id") == "from-the-test"]
    assert (request["event"], request["route"], request["status"]) == ("request", "/healthz", 200)
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)


def test_ctrl_c_is_an_orderly_end(data_dir: Path, tmp_path: Path) -> None:
    with serving("--worker", data_dir=data_dir, log=tmp_path / "log") as service:
        wait_until(lambda: workers_of(data_dir))
        assert service.stop(signal.SIGINT) == 0
        assert workers_of(data_dir) == set()
        assert "Traceback" not in service.log.read_text()


def test_links_lead_to_the_port_in_use_unless_a_public_url_is_set(
    data_dir: Path, tmp_path: Path
) -> None:
    with serving(data_dir=data_dir, log=tmp_path / "log") as service:
        assert service.url.startswith("http://127.0.0.1:")
        assert not service.url.endswith(":0")
    public = {"CAMEO_PUBLIC_URL": "https://cameo.example/"}
    with serving(data_dir=data_dir, log=tmp_path / "log", **public) as service:
        assert service.url == "https://cameo.example/"


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "0"])  # noqa: S104 (that is what is tested)
def test_who_listens_everywhere_is_found_on_this_machine(
    data_dir: Path, tmp_path: Path, everywhere: str
) -> None:
    """Browsers lend no camera to http://0.0.0.0, and the worker signs as http://127.0.0.1."""
    with serving(data_dir=data_dir, log=tmp_path / "log", CAMEO_HOST=everywhere) as service:
        assert service.url.startswith("http://127.0.0.1:")
        assert service.get("/healthz").status_code == 200


def test_a_taken_address_is_said_in_one_line(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = cameo("serve", "--port", port, "--json", data_dir=data_dir)
    assert (ran.status, ran.error["code"]) == (4, "cannot_listen")
    assert port in ran.error["message"]
    assert not data_dir.exists()


def test_a_given_database_without_schema_is_refused_unless_migrated(
    data_dir: Path, tmp_path: Path, databases: Kind
) -> None:
    with databases.bare(tmp_path) as url:
        ran = cameo("serve", "--port", "0", "--json", data_dir=data_dir, CAMEO_DATABASE_URL=url)
        assert (ran.status, ran.error["code"]) == (4, "store_unavailable")
        with serving(
            "--migrate", data_dir=data_dir, log=tmp_path / "log", CAMEO_DATABASE_URL=url
        ) as service:
            assert service.get("/readyz").json()["store"]["ok"] is True


def test_a_killed_worker_is_started_again(data_dir: Path, tmp_path: Path) -> None:
    with serving("--worker", data_dir=data_dir, log=tmp_path / "log") as service:
        wait_until(lambda: workers_of(data_dir))
        [first] = workers_of(data_dir)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: workers_of(data_dir) - {first})
        assert service.get("/healthz").status_code == 200
        assert service.stop() == 0
        [ended] = [line for line in service.logged() if line["event"] == "worker ended"]
    assert ended["status"] == -signal.SIGKILL
    assert workers_of(data_dir) == set()


def test_a_killed_service_takes_its_worker_along(data_dir: Path, tmp_path: Path) -> None:
    with serving("--worker", data_dir=data_dir, log=tmp_path / "log") as service:
        wait_until(lambda: workers_of(data_dir))
        service.stop(signal.SIGKILL)
        wait_until(lambda: not workers_of(data_dir))


def test_it_ends_with_whoever_started_it(data_dir: Path, tmp_path: Path) -> None:
    with serving("--stop-with-stdin", data_dir=data_dir, log=tmp_path / "log") as service:
        assert service.process.stdin is not None
        service.process.stdin.close()
        assert service.process.wait(ENDS_WITHIN_S) == 0


@pytest.mark.parametrize("level", ["INFO", "WARNING"])
def test_the_log_level_is_kept(level: str, data_dir: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(data_dir=data_dir, log=log, CAMEO_LOG_LEVEL=level) as service:
        service.get("/healthz")
        service.stop()
        assert bool(service.logged()) is (level == "INFO")
