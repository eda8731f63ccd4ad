"""Take from this process whatever decoding does not need, for good.

Four guards, one behind the other, because a decoder that was taken over runs any code it likes:

* resource limits (`setrlimit(2)`): no descriptor can be opened, not even in the place of one that
  was closed; no process or thread started; no file grown; bounded memory and processor time;
* no privileges from what is executed (`PR_SET_NO_NEW_PRIVS`, `prctl(2)`);
* death with the parent (`PR_SET_PDEATHSIG`, `prctl(2)`);
* a filter of system calls (`seccomp(2)`): the kernel kills the process at the first call that is
  not in the table below.

The limits hold everywhere, but root may lift them; the others need Linux, and the filter one of
the two architectures whose numbers are known here. What is in force is returned, not assumed:

    confine(cpu_s=60, address_space_bytes=2_000_000_000)     # everything is loaded, one thread

    >>> ", ".join(names_of(Confinement.LIMITS | Confinement.SYSTEM_CALLS))
    'limits, system_calls'
"""

import ctypes
import math
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Flag, auto

# prctl(2), seccomp(2), and the headers linux/prctl.h, linux/seccomp.h
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1
SECCOMP_RET_ALLOW = 0x7FFF_0000
SECCOMP_RET_KILL_PROCESS = 0x8000_0000
MAP_ANONYMOUS = 0x20

# linux/filter.h: load a word, jump if equal, jump if bits are set, return
LOAD, IF_EQUAL, IF_SET, RETURN = 0x20, 0x15, 0x45, 0x06
INSTRUCTION = struct.Struct("=HBBI")
# struct seccomp_data: the call's number, the architecture, the pointer, six arguments
NUMBER_AT, ARCHITECTURE_AT, FLAGS_OF_MMAP_AT = 0, 4, 16 + 3 * 8


class Confinement(Flag):
    """What is in force."""

    LIMITS = auto()
    NO_NEW_PRIVILEGES = auto()
    DIES_WITH_PARENT = auto()
    SYSTEM_CALLS = auto()


WHOLE = ~Confinement(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Numbers of one architecture: `audit` names it (linux/audit.h), the others are calls."""

    audit: int
    seccomp: int
    mmap: int
    allowed: tuple[int, ...]


CALLS = (
    *("read", "write", "lseek"),
    *("brk", "munmap", "mremap", "mprotect", "madvise"),
    *("futex", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "restart_syscall"),
    # asked by FFmpeg for the number of processors, and by the C library for time and chance
    *("sched_getaffinity", "sched_yield", "clock_gettime", "clock_nanosleep", "gettimeofday"),
    *("getrandom", "exit", "exit_group"),
)
"""All that may still be called, with `mmap` of memory that is no file's. The numbers in the order
of these names stand in asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64)."""

ARCHITECTURES = {
    "x86_64": Architecture(
        audit=0xC000_003E,
        seccomp=317,
        mmap=9,
        allowed=(
            *(0, 1, 8),
            *(12, 11, 25, 10, 28),
            *(202, 13, 14, 15, 219),
            *(204, 24, 228, 230, 96),
            *(318, 60, 231),
        ),
    ),
    "aarch64": Architecture(
        audit=0xC000_00B7,
        seccomp=277,
        mmap=222,
        allowed=(
            *(63, 64, 62),
            *(214, 215, 216, 226, 233),
            *(98, 134, 135, 139, 128),
            *(123, 124, 113, 115, 169),
            *(278, 93, 94),
        ),
    ),
}


def confine(*, cpu_s: float, address_space_bytes: int) -> Confinement:
    """Give up every right but to compute, read and answer; return what is in force.

    `cpu_s`: processor seconds from now on. `address_space_bytes`: all memory, with what is in use.
    Raises `OSError` or `ValueError` where the limits cannot be set. Nothing can be imported after.
    """
    in_force = Confinement.LIMITS
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0:
            in_force |= Confinement.DIES_WITH_PARENT
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            in_force |= Confinement.NO_NEW_PRIVILEGES
    limit(cpu_s=cpu_s, address_space_bytes=address_space_bytes)
    # last, since it forbids to set limits
    if sys.platform == "linux" and _filter_calls(libc):
        in_force |= Confinement.SYSTEM_CALLS
    return in_force


def limit(*, cpu_s: float, address_space_bytes: int) -> None:
    """The resource limits alone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + cpu_s)
    # the hard limit kills one second after the soft one, which can be caught
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, address_space_bytes))
    for none in (
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_CORE,
        resource.RLIMIT_NPROC,
        resource.RLIMIT_NOFILE,
    ):
        resource.setrlimit(none, (0, 0))


def names_of(confinement: Confinement) -> list[str]:
    """The guards by name, for a log."""
    return [str(guard.name).lower() for guard in confinement]


def _filter_calls(libc: ctypes.CDLL) -> bool:
    """Install the filter for every thread; whether it is in force."""
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None or sys.maxsize <= 1 << 32:
        return False
    program = b"".join(_program(architecture))
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the count, then a pointer
    described = struct.pack("@HP", len(program) // INSTRUCTION.size, ctypes.addressof(instructions))
    installed = libc.syscall(
        ctypes.c_long(architecture.seccomp),
        ctypes.c_long(SECCOMP_SET_MODE_FILTER),
        ctypes.c_long(SECCOMP_FILTER_FLAG_TSYNC),
        described,
    )
    return bool(installed == 0)


def _program(architecture: Architecture) -> Iterator[bytes]:
    """The filter in classic BPF. A jump of (0, n) goes on, or else skips n instructions.

    The x32 calls of x86-64 have numbers of their own and so are not allowed either.
    """
    # 1. another architecture has other numbers
    yield _instruction(LOAD, ARCHITECTURE_AT)
    yield _instruction(IF_EQUAL, architecture.audit, (1, 0))
    yield _instruction(RETURN, SECCOMP_RET_KILL_PROCESS)
    # 2. the calls that are allowed as they are
    yield _instruction(LOAD, NUMBER_AT)
    for number in architecture.allowed:
        yield _instruction(IF_EQUAL, number, (0, 1))
        yield _instruction(RETURN, SECCOMP_RET_ALLOW)
    # 3. memory, but none that writes through to a file
    yield _instruction(IF_EQUAL, architecture.mmap, (0, 3))
    yield _instruction(LOAD, FLAGS_OF_MMAP_AT)
    yield _instruction(IF_SET, MAP_ANONYMOUS, (0, 1))
    yield _instruction(RETURN, SECCOMP_RET_ALLOW)
    # 4. nothing else
    yield _instruction(RETURN, SECCOMP_RET_KILL_PROCESS)


def _instruction(code: int, operand: int, jumps: Iterable[int] = (0, 0)) -> bytes:
    return INSTRUCTION.pack(code, *jumps, operand)
