"""`playhead rollout` as a person types it: it says of what it speaks, asks before it takes streams, needs reasons."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from playhead.cli import main
from playhead.db import SyncDatabase
from playhead.live.clock import now
from playhead.rollout.counts import Arm, Counts
from playhead.rollout.judge import judge
from playhead.rollout.models import RolloutRow
from playhead.rollout.plan import default_plan, default_text
from playhead.rollout.record import Look, text_of
from playhead.rollout.verdict import Memory
from tests.support.flags_data import FlagsData
from tests.support.migrated import migrated_sqlite
from tests.unit.flags.admin_server import AdminServer

STREAM = "sse.status-stream"
ORDERS = ("start", "hold", "resume", "move", "stop", "status", "history")


def rollout(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["rollout", *words], input=typed)


def done(*words: str, typed: str | None = None) -> str:
    answer = rollout(*words, typed=typed)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a database and flags at 25 %, and no settings from outside."""
    foreign = ("FLAGS_FILE", "ENVIRONMENT", "DATABASE_URL", "REDIS_URL", "STATUS_REDIS_URL", "TELEMETRY")
    for name in (*foreign, *(name for name in os.environ if name.startswith("UNLEASH_"))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "none of its business")
    migrated_sqlite(tmp_path / "playhead.db")
    FlagsData().roll_out(STREAM, 25).save(tmp_path / "flags.json")
    return tmp_path


@pytest.fixture
def unleash(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminServer]:
    server = AdminServer(FlagsData().roll_out(STREAM, 25).export)
    monkeypatch.setenv("UNLEASH_URL", server.url)
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", "development")
    monkeypatch.setenv("UNLEASH_ADMIN_TOKEN", "user:secret")
    yield server
    server.close()


def share(data: Path) -> tuple[str, str]:
    strategies = json.loads(data.joinpath("flags.json").read_text())["featureStrategies"]
    given = next(one["parameters"] for one in strategies if one["featureName"] == STREAM)
    return given["rollout"], given["groupId"]


def test_help_loads_neither_the_database_nor_http() -> None:
    heavy = ["httpx", "sqlalchemy", "playhead.flags.file.export", "playhead.rollout.judge", "numpy"]
    loaded = "import sys, playhead.cli; print([name for name in sys.argv[1:] if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", loaded, *heavy], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
    assert all(name in rollout("--help").output for name in ORDERS)


def test_start_is_a_dry_run_that_moves_nothing(data: Path) -> None:
    before = share(data)
    answer = rollout("start", "--reason", "try it", "--by", "ada")
    assert (answer.exit_code, share(data)) == (0, before)
    place = f"In the file {data / 'flags.json'}; the rollout is kept in the file {data / 'playhead.db'}:"
    assert answer.stderr.splitlines()[0] == place
    assert answer.stdout.startswith("Begun. It moves nothing: a dry run.\n")
    status = done("status").splitlines()
    assert not any(line.startswith("Strongest evidence") for line in status)  # nobody was counted yet
    assert status[0] == f"{STREAM}: 25%, group {before[1]}; sse.allowed is on"
    assert status[1].startswith("Dry run 1, begun ")
    assert status[1].endswith(" by ada: try it")
    assert next(line for line in status if line.endswith("← here")).split()[0] == "25%"
    assert status[-1].startswith("Last decision: ")


def test_rollout_that_acts_asks_before_it_takes_streams(data: Path) -> None:
    before = share(data)
    refused = rollout("start", "--act", typed="n\n")
    assert refused.exit_code == 1
    assert "25% of people stream now. The rollout begins at 5%, and the others will poll. Begin?" in refused.stderr
    assert share(data) == before
    assert "No rollout is watched." in done("status")
    assert "The slider is at 5%, group sse.status-stream.r1." in done("start", "--act", typed="y\n")
    assert share(data) == ("5", "sse.status-stream.r1")
    done("move", "10", "--reason", "quick")
    assert share(data) == ("10", "sse.status-stream.r1")


def test_rollout_that_adds_streams_does_not_ask(data: Path) -> None:
    FlagsData().roll_out(STREAM, 0).save(data / "flags.json")
    done("start", "--act")
    assert share(data)[0] == "5"


def test_plan_of_a_file_is_the_one_that_is_started(data: Path) -> None:
    plan = data / "rollout.toml"
    plan.write_text(default_text().replace("share = 5\n", "share = 7\n"))
    assert "The slider is at 7%" in done("start", str(plan), "--act", "--yes")
    assert next(line for line in done("status").splitlines() if line.endswith("← here")).split()[0] == "7%"


def test_plan_that_is_refused_starts_nothing(data: Path) -> None:
    plan = data / "rollout.toml"
    plan.write_text(default_text().replace("people = 60", "people = 10"))
    answer = rollout("start", str(plan))
    assert answer.exit_code == 2
    assert answer.stderr.splitlines()[-1].startswith(
        "The plan cannot be followed: Stage 1 (5%): 10 people cannot show "
    )
    assert "No rollout is watched." in done("status")


def test_orders_are_written_down_with_who_and_why() -> None:
    done("start", "--by", "ada")
    done("hold", "--reason", "lunch", "--by", "bob")
    assert "Held by a person until playhead rollout resume" in done("status")
    done("resume", "--by", "bob")
    done("stop", "--reason", "it saw what it should", "--by", "ada")
    lines = done("history").splitlines()
    assert [line.split("  ", 1)[1].split(" ")[0] for line in lines] == ["start", "hold", "resume", "stop"]
    assert "hold by bob (lunch). " in lines[1]
    assert done("history", "--limit", "1").splitlines() == lines[-1:]


@pytest.mark.parametrize(
    "words", [("hold",), ("stop", "--reason", " "), ("move", "5"), ("hold", "--reason", 201 * "x")]
)
def test_order_that_needs_a_reason_is_refused_without_one(words: tuple[str, ...]) -> None:
    done("start")
    answer = rollout(*words)
    assert answer.exit_code == 2
    assert "reason" in answer.stderr


@pytest.mark.parametrize("words", [("hold", "--reason", "x"), ("resume",), ("stop", "--reason", "x")])
def test_order_without_a_rollout_is_refused_in_a_sentence(words: tuple[str, ...]) -> None:
    answer = rollout(*words)
    assert (answer.exit_code, answer.stderr.splitlines()[-1]) == (2, "There is no rollout: start one first.")


def test_status_has_the_arms_and_the_harm_nearest_to_its_line(data: Path) -> None:
    done("start")
    counts = Counts(
        stream=Arm(people=60, harmed={"mute": 9, "page_error": 1}, exposed=80, silent=1, silent_of=70),
        poll=Arm(people=180, exposed=240, silent_of=200),
    )
    verdict = judge(default_plan(), 2, counts, Memory(baked_s=540.0))
    text = text_of(Look(at=now(), stage=2, share=25, counts=counts, verdict=verdict))
    values = {"look": text, "memory": text_of(verdict.memory), "looked_at": now()}
    with closing(SyncDatabase(f"sqlite:///{data / 'playhead.db'}")) as database:
        database.run(lambda db: db.execute(update(RolloutRow).values(values)))
    status = done("status")
    assert verdict.sentence in status
    assert "Watched for 9 min of 15 min, 60 of 100 streaming people, 180 polling; silent 1 of 70 and 0 of 200" in status
    assert "Strongest evidence: mute, 9 of 60 streaming people and 0 of 180 polling, " in status


def test_status_is_a_document_for_programs() -> None:
    document = json.loads(done("status", "--json"))
    assert (document["flag"], document["share"], document["source"]) == (STREAM, 25, "file")
    assert len(document["plan"]["stages"]) == 5


def test_missing_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "elsewhere"))
    answer = rollout("status")
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"There is no database in {tmp_path / 'elsewhere'}: ")


def test_status_shows_trouble_while_unleash_is_away(unleash: AdminServer) -> None:
    unleash.stop()
    answer = rollout("status")
    assert answer.exit_code == 0
    assert answer.stderr.startswith(f"In Unleash at {unleash.url}, environment development; the rollout is kept in ")
    assert "cannot be reached" in answer.stdout


def test_order_that_needs_unleash_ends_with_code_3_while_it_is_away(unleash: AdminServer) -> None:
    unleash.stop()
    answer = rollout("start", "--act", "--yes")
    assert answer.exit_code == 3
    assert answer.stderr.splitlines()[-1].endswith("To stop all streams without it: playhead flags emergency off")


def test_token_is_asked_for_where_the_flags_are_on_unleash(
    unleash: AdminServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNLEASH_ADMIN_TOKEN")
    answer = rollout("start", "--act", "--yes")
    assert answer.exit_code == 2
    assert "UNLEASH_ADMIN_TOKEN is not set, and" in answer.stderr
