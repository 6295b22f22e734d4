"""Runs a Playhead and a real browser that visits it, for pictures and measurements."""

import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from infra.setup import browsers
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from playhead.config import Settings
from playhead.transcription.audio import blocks
from playhead.transcription.mixer import SAMPLE_RATE
from playhead.up.folder import free_port

EMAIL = "you@example.org"
SPEECH = Path(__file__).parent.parent / "tests" / "data" / "speech"
PATIENCE_MS = 180_000
"""Timeout that is long enough on a busy machine."""


@contextmanager
def playhead(**settings: str) -> Iterator[str]:
    """Runs `playhead up` in an empty folder on a free port, without this shell's settings; yields its address."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.__struct_fields__}
        environ = kept | {"DATA_DIR": data, "PORT": str(port)} | settings
        command = [sys.executable, "-m", "playhead", "up"]
        up = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        try:
            assert up.stdout is not None
            assert any("is ready" in line for line in up.stdout), "Playhead did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            up.terminate()
            up.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.chromium(), chromium_sandbox=False)
        yield browser
        browser.close()


def register(page: Page, email: str = EMAIL) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.get_by_label("Choose a recording").wait_for(state="attached")


def upload(page: Page, *recordings: FilePayload) -> None:
    page.get_by_label("Choose a recording").set_input_files(recordings)


def recording(file: str, name: str) -> FilePayload:
    return {"name": name, "mimeType": "audio/*", "buffer": (SPEECH / file).read_bytes()}


def joined(files: Sequence[str], name: str) -> FilePayload:
    """Joins recordings to one WAV file."""
    samples = np.concatenate([block[0] for file in files for block in blocks(SPEECH / file)])
    buffer = BytesIO()
    with wave.open(buffer, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes((samples * 32767).astype("<i2").tobytes())
    return {"name": name, "mimeType": "audio/wav", "buffer": buffer.getvalue()}
