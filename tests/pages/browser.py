"""A real browser with a camera and a microphone that play files.

with chromium(playwright, DEVICES, ALLOW) as browser:
    page = browser.new_page()
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

DEVICES = "--use-fake-device-for-media-stream"
ALLOW = "--use-fake-ui-for-media-stream"
DENY = "--deny-permission-prompts"
INSECURE_HOST = "cameo.test"
LAUNCHED_WITHIN_MS = 120_000
ARGUMENTS = (
    # Playwright's own headless mode starts the headless shell, which refuses cameras.
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
    "--disable-quic",
    # An address without TLS that is not this machine's own: browsers lend it no camera.
    f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeDevices:
    """What camera and microphone play: motion JPEG at 30 frames per second, and a WAV file.

    Both start when the page opens the devices. The picture goes on from its beginning at its end.
    """

    picture: Path
    sound: Path

    @property
    def arguments(self) -> tuple[str, ...]:
        """Chromium's arguments for these files."""
        return (
            DEVICES,
            ALLOW,
            f"--use-file-for-fake-video-capture={self.picture}",
            f"--use-file-for-fake-audio-capture={self.sound}%noloop",
        )


def chromium_path() -> str:
    """Chromium's executable; skips the test where there is none."""
    found = os.environ.get("CAMEO_CHROMIUM") or shutil.which("chromium")
    if found is None:
        pytest.skip("no `chromium` on the path and no CAMEO_CHROMIUM: the pages need a browser")
    return found


@contextmanager
def chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """Chromium. Without `DEVICES` it has no camera, without `ALLOW` or `DENY` it asks."""
    browser = playwright.chromium.launch(
        executable_path=chromium_path(),
        # `--headless=new` is given above: this only keeps Playwright from adding its own.
        headless=False,
        timeout=LAUNCHED_WITHIN_MS,
        args=[*ARGUMENTS, *arguments],
    )
    try:
        yield browser
    finally:
        browser.close()
