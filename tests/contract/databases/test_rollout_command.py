"""`playhead rollout` where the flags and the rollout are in PostgreSQL: the same words, and the same record."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from playhead.cli import main
from playhead.db import SyncDatabase
from playhead.flags.file import documents
from playhead.flags.file.export import read
from playhead.rollout.models import DecisionRow, RolloutRow
from tests.contract.databases.flags_command import flags_on

STREAM = "sse.status-stream"


def rollout(*words: str) -> tuple[str, str]:
    """Runs the command and expects success; returns what it printed."""
    answer = CliRunner().invoke(main, ["rollout", *words])
    assert answer.exit_code == 0, answer.output
    return answer.stdout, answer.stderr


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rollout_is_kept_and_moves_the_slider_in_the_database(
    database: SyncDatabase, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (DecisionRow, RolloutRow)])
    flags_on(database_url, str(tmp_path / "operator"), monkeypatch)("set", STREAM, "--rollout", "0")
    out, err = rollout("start", "--act", "--by", "ada")
    assert err.startswith("In the database ")
    assert "The slider is at 5%, group sse.status-stream.r" in out
    rollout("move", "25", "--reason", "quick", "--by", "ada")
    shared = database.run(documents.shared).flags
    assert shared is not None
    (slider,) = read(shared.encode()).strategies(STREAM)
    assert slider.parameters["rollout"] == "25"
    rollout("stop", "--reason", "enough", "--by", "ada")
    assert [line.split("  ")[1].split(" by ")[0] for line in rollout("history")[0].splitlines()] == [
        "start 0% → 5%",
        "move 5% → 25%",
        "stop",
    ]
