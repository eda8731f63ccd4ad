"""Start the image that was built, confined as it is meant to run, and try it.

    python3 tools/image_check.py --engine buildah --image cameo

Its root file system is read-only, its user is not root, nothing that compiles is in it, the service
comes up and its health check answers, and the demo tells its whole story inside. Needs the standard
library alone. With buildah, which runs no containers, the image's root is entered by `chroot` in a
mount namespace of its own, which asks for root.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPILERS = ("cc", "gcc", "g++", "clang", "ld", "as", "make", "rustc")
HEALTHY_WITHIN_S = 60
STORY_WITHIN_S = 1_200

ENTER = """
set -e
root=$1 data=$2 user=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,ro,bind "$root"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount --bind "$data" "$root/data"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do mount --bind "${1%%:*}" "$root${1#*:}"; shift; done
shift
exec chroot --userspec="$user" "$root" env -i "$@"
"""
"""Enter an image's root: read-only, with a volume at `/data` and room in `/tmp`."""

WATCH = f"""
$1 &
for _ in $(seq {HEALTHY_WITHIN_S}); do eval "$2" 2>/dev/null && break; sleep 1; done
eval "$2"; code=$?
kill $!; wait $!
exit $code
"""
"""Start the service, and stop it once its health check has answered."""


class Failed(Exception):
    """The image does not do what it must."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """The image as it is run. `inside` gives the command line that runs a command in it."""

    config: dict[str, Any]
    inside: Callable[[Sequence[str]], list[str]]

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `command` in it, to its end."""
        return subprocess.run(  # noqa: S603 (what the engine runs)
            self.inside(command), capture_output=True, text=True, timeout=timeout, check=False
        )

    def ask(self, *command: str, timeout: float = 60) -> str:
        """What `command` prints; `Failed` where it fails."""
        done = self.run(*command, timeout=timeout)
        if done.returncode:
            raise Failed(
                f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return done.stdout.strip()


@contextmanager
def engine_image(engine: str, name: str, mounts: Sequence[str]) -> Iterator[Image]:
    """An image of docker's or podman's."""
    (about,) = json.loads(_output(engine, "image", "inspect", name))
    volume = _output(engine, "volume", "create")
    flags = ["--rm", "--read-only", "--tmpfs", "/tmp", "--volume", f"{volume}:/data"]  # noqa: S108 (the image's own)
    flags += [flag for mount in mounts for flag in ("--volume", f"{mount}:ro")]

    def inside(command: Sequence[str]) -> list[str]:
        return [engine, "run", *flags, "--entrypoint", command[0], name, *command[1:]]

    try:
        yield Image(config=about["Config"], inside=inside)
    finally:
        _output(engine, "volume", "rm", volume)


@contextmanager
def buildah_image(name: str, mounts: Sequence[str]) -> Iterator[Image]:
    """An image of buildah's, entered by chroot."""
    config = json.loads(_output("buildah", "inspect", "--type", "image", name))["Docker"]["config"]
    container = _output("buildah", "from", name)
    root = _output("buildah", "mount", container)
    user = _ids_of(config["User"], Path(root))
    with tempfile.TemporaryDirectory() as data:
        _output("cp", "--archive", f"{root}/data/.", data)
        _output("chown", user, data)
        into = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"]
        into += [root, data, user, *mounts, "--", *config["Env"]]
        try:
            yield Image(config=config, inside=lambda command: [*into, *command])
        finally:
            _output("buildah", "rm", container)


def _ids_of(user: str, root: Path) -> str:
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == user:
            return f"{uid}:{gid}"
    raise Failed(f"the image has no user `{user}`")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (the engine's own)
    if done.returncode:
        raise Failed(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout.strip()


def require_plain_user(image: Image) -> str:
    """Nobody in the image is root."""
    uid = image.ask("id", "-u")
    if uid == "0":
        raise Failed("the image runs as root")
    return f"runs as uid {uid}"


def require_read_only(image: Image) -> str:
    """Nothing but the volume and `/tmp` can be written."""
    for place in ("/", "/opt/cameo", "/usr/bin", "/etc"):
        if image.run("touch", f"{place}/written").returncode == 0:
            raise Failed(f"`{place}` can be written")
    image.ask("touch", "/data/written")
    return "its root cannot be written, its volume can"


def require_no_compiler(image: Image) -> str:
    """Nothing in it compiles."""
    found = [name for name in COMPILERS if image.run("which", name).returncode == 0]
    if found:
        raise Failed(f"the image holds {', '.join(found)}")
    return f"holds none of {', '.join(COMPILERS)}"


def require_health(image: Image) -> str:
    """The service comes up, and the image's own health check says so."""
    kind, *check = image.config["Healthcheck"]["Test"]
    if kind != "CMD":
        raise Failed("the health check is not a command")
    service = shlex.join([*image.config["Entrypoint"], *image.config["Cmd"]])
    began = time.monotonic()
    image.ask("sh", "-c", WATCH, "sh", service, shlex.join(check), timeout=2 * HEALTHY_WITHIN_S)
    return f"healthy after {time.monotonic() - began:.1f} s"


def tell_story(image: Image) -> str:
    """The demo, in the image, with the models that are baked in or that it fetches."""
    began = time.monotonic()
    image.ask("cameo", "demo", "--exit", "--data-dir", "/data", timeout=STORY_WITHIN_S)
    return f"told the demo's whole story in {time.monotonic() - began:.0f} s"


def main() -> int:
    """Check the image; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description="Start the image that was built, and try it.")
    parser.add_argument("--engine", choices=("docker", "podman", "buildah"), required=True)
    parser.add_argument("--image", default="cameo")
    parser.add_argument(
        "--mount",
        action="append",
        default=[],
        metavar="HERE:THERE",
        help="a file or folder that it needs to reach the package index, such as certificates",
    )
    given = parser.parse_args()
    if given.engine == "buildah":
        opened = buildah_image(given.image, given.mount)
    else:
        opened = engine_image(given.engine, given.image, given.mount)
    checks = (
        require_plain_user,
        require_read_only,
        require_no_compiler,
        require_health,
        tell_story,
    )
    try:
        with opened as image:
            for check in checks:
                print(f"ok  {check(image)}", flush=True)
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"not as it must be: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
