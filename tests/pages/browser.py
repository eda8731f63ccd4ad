"""A real browser with a camera and a microphone that play files.

    with chromium(FakeDevices(picture=…, sound=…)) as browser:
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

ARGUMENTS = (
    # Playwright's own headless mode starts the headless shell, which refuses cameras.
    "--headless=new",
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
    "--disable-quic",
)
ALLOW = "--use-fake-ui-for-media-stream"
DENY = "--deny-permission-prompts"


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
def chromium(
    playwright: Playwright, devices: FakeDevices | None = None, *, permission: str = ALLOW
) -> Iterator[Browser]:
    """Chromium with these devices, or with its own test picture and beep."""
    files = devices.arguments if devices is not None else ()
    browser = playwright.chromium.launch(
        executable_path=chromium_path(),
        # `--headless=new` is given above: this only keeps Playwright from adding its own.
        headless=False,
        args=[*ARGUMENTS, permission, *files],
    )
    try:
        yield browser
    finally:
        browser.close()
