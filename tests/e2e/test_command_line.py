"""The command line against a running Playhead: a folder with good and bad files, and the good one again."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import jiwer

from tests.e2e.test_http import FORM, NOISE, PASSWORD, WER_MAX
from tests.support.programs import environ
from tests.support.speech import JFK, text_of, words

LONGEST_S = 90


def test_folder_is_written_past_a_bad_file_and_transcribed_again(site: str, tmp_path: Path) -> None:
    with httpx.Client(base_url=f"{site}/api/v1", headers=FORM) as grace:
        grace.post("/auth/register", json={"email": "grace@example.org", "password": PASSWORD})
        token = grace.post("/tokens", json={"name": "here", "scope": "write", "expires_at": None}).json()["secret"]
        memos, texts = tmp_path / "memos", tmp_path / "texts"
        memos.mkdir()
        shutil.copy(JFK, memos / "Meeting 2026.11.28.flac")
        (memos / "bad.flac").write_bytes(NOISE[1])
        (memos / "app.ts").write_text("export {}\n")

        ended = _playhead("transcribe", memos, "--output", texts, server=site, token=token, state=tmp_path)
        assert ended.returncode == 1, ended.stderr
        assert f"{memos}/bad.flac: " in ended.stderr
        assert [path.name for path in texts.iterdir()] == ["Meeting 2026.11.28.txt"]
        assert _error_rate((texts / "Meeting 2026.11.28.txt").read_text()) <= WER_MAX

        sessions = grace.get("/sessions").json()["sessions"]
        (made,) = [one["id"] for one in sessions if one["filename"] == "Meeting 2026.11.28.flac"]
        ended = _playhead(
            "retry", made, "--channels", "mix", "--lines", "segments", server=site, token=token, state=tmp_path
        )
        assert ended.returncode == 0, ended.stderr
        assert _error_rate(ended.stdout) <= WER_MAX
        again = grace.get(f"/sessions/{made}").json()
        assert (again["revision"], again["options"]["channels"]) == (1, "mix")


def _playhead(*command: object, server: str, token: str, state: Path) -> subprocess.CompletedProcess[str]:
    settings = environ(PLAYHEAD_SERVER=server, PLAYHEAD_TOKEN=token, XDG_STATE_HOME=str(state))
    line = [sys.executable, "-m", "playhead", *map(str, command)]
    return subprocess.run(line, env=settings, capture_output=True, text=True, timeout=LONGEST_S, check=False)


def _error_rate(text: str) -> float:
    return jiwer.wer(words(text_of(JFK)), words(text))
