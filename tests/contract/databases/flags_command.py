"""Runs `playhead flags` with the settings of a database."""

import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main

Flags = Callable[..., Result]


def flags_on(database_url: str, data_dir: str, monkeypatch: pytest.MonkeyPatch) -> Flags:
    """Returns a function that runs the command and expects success.

    It gets no settings but these two, and an invalid PORT, which only the web process reads.
    """
    for name in ("FLAGS_FILE", "REDIS_URL", "STATUS_REDIS_URL", *(one for one in os.environ if "UNLEASH" in one)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", data_dir)
    monkeypatch.setenv("PORT", "none of its business")

    def run(*words: str) -> Result:
        answer = CliRunner().invoke(main, ["flags", *words])
        assert answer.exit_code == 0, answer.output
        return answer

    return run
