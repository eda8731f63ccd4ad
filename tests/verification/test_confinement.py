"""What code that took the decoder over would try: each guard holds, alone and with the others."""

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from verification.confinement import ARCHITECTURES, CALLS

ROOT = Path(__file__).parents[2]
PREAMBLE = """
import ctypes, mmap, os, resource, signal, socket, sys
from verification import confinement
GRANTED = dict(cpu_s=0.5, address_space_bytes=2_000_000_000)

def outcome(attempt, guard):
    child = os.fork()
    if child == 0:
        guard(**GRANTED)
        try:
            attempt()
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
BEYOND = {
    "open": "open('/etc/passwd')",
    "open in the place of a closed file": "(os.close(0), open('/etc/passwd'))",
    "read the parent's environment": "(os.close(0), open(f'/proc/{os.getppid()}/environ'))",
    "create": "(os.close(0), open('new', 'w'))",
    "socket": "(os.close(0), socket.socket())",
    "mkdir": "os.mkdir('new')",
    "symlink": "os.symlink('/etc/passwd', 'new')",
    "unlink": "os.unlink('victim')",
    "rename": "os.rename('victim', 'new')",
    "chmod": "os.chmod('victim', 0)",
    "stat": "os.stat('victim')",
    "fork": "os.fork()",
    "signal": "os.kill(os.getppid(), 0)",
    "execute": "os.execv('/bin/true', ['/bin/true'])",
    "duplicate": "os.dup(0)",
    "lift the limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))",
    "limit the parent": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "another thread": "__import__('threading').Thread(target=print).start()",
    "write through to the file": "mmap.mmap(0, 6)",
    "control a device": "__import__('fcntl').ioctl(0, 1)",
    "trace": "ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)",
}
WITHIN = {
    "read": "os.read(0, 3)",
    "seek": "os.lseek(0, 0, 2)",
    "write": "os.write(2, b'')",
    "memory": "bytearray(50_000_000)",
    "time": "__import__('time').sleep(0.001)",
    "chance": "os.urandom(8)",
}


def outcomes(attempts: dict[str, str], guard: str, folder: Path) -> dict[str, int]:
    """The exit status of each attempt under `guard`; minus the signal where it was killed."""
    (folder / "victim").write_bytes(b"victim")
    tried = ", ".join(f"{name!r}: lambda: {code}" for name, code in attempts.items())
    script = f"""{PREAMBLE}
import fcntl, threading, time
for name, attempt in {{{tried}}}.items():
    print(outcome(attempt, confinement.{guard}), name, sep=':')
"""
    with (folder / "victim").open("r+b") as file:
        done = subprocess.run(  # noqa: S603 (our own script)
            [sys.executable, "-c", script],
            check=True,
            stdin=file,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )
    answers = (line.partition(":") for line in done.stdout.splitlines())
    return {name: int(status) for status, _, name in answers}


@pytest.fixture
def known_architecture() -> None:
    if sys.platform != "linux" or platform.machine() not in ARCHITECTURES:
        pytest.skip("the numbers of this architecture's calls are not known")


@pytest.mark.usefixtures("known_architecture")
def test_the_kernel_kills_at_the_first_call_that_decoding_does_not_need(tmp_path: Path) -> None:
    found = outcomes(BEYOND, "confine", tmp_path)
    assert found == dict.fromkeys(BEYOND, -signal.SIGSYS)
    assert [path.name for path in tmp_path.iterdir()] == ["victim"]


def test_what_decoding_needs_goes_on(tmp_path: Path) -> None:
    assert outcomes(WITHIN, "confine", tmp_path) == dict.fromkeys(WITHIN, 0)


def test_the_limits_alone_let_nothing_be_opened(tmp_path: Path) -> None:
    opening = {
        name: BEYOND[name]
        for name in ("open", "open in the place of a closed file", "create", "socket", "duplicate")
    }
    assert 0 not in outcomes(opening, "limit", tmp_path).values()


def test_a_processor_hog_is_stopped(tmp_path: Path) -> None:
    busy = {"busy": "sum(iter(int, 1))"}
    assert outcomes(busy, "confine", tmp_path) == {"busy": -signal.SIGXCPU}


def test_every_allowed_call_has_its_number() -> None:
    for architecture in ARCHITECTURES.values():
        assert len(architecture.allowed) == len(CALLS) == len(set(architecture.allowed))


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_numbers_are_those_of_the_headers(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip("the kernel's headers are not installed here")
    defined = {}
    for line in Path(header).read_text().splitlines():
        match line.split():
            case ["#define", name, number] if number.isdigit():
                defined[name.removeprefix("__NR3264_").removeprefix("__NR_")] = int(number)
    here = ARCHITECTURES[machine]
    assert dict(zip(CALLS, here.allowed, strict=True)) == {name: defined[name] for name in CALLS}
    assert (here.mmap, here.seccomp) == (defined["mmap"], defined["seccomp"])
