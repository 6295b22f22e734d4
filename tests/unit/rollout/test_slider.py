"""The slider in a flags file, on a server without a token for it, and on a server that is away."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from playhead.config import Settings
from playhead.db import Database
from playhead.flags.answers.rollout import FLAG, SWITCH
from playhead.flags.connect import open_gate
from playhead.flags.file.export import read
from playhead.rollout.ports import Position, Refused, Unreachable
from playhead.rollout.slider import ONLY_WATCHED, open_slider
from tests.support.flags_data import FlagsData

NOWHERE = "http://127.0.0.1:1"
TO = Position(10, "r1")


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """Of a slider that is not in it."""
    database = Database("sqlite://")
    yield database
    await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return FlagsData().roll_out(FLAG, 25).turn(SWITCH, on=True).save(tmp_path / "flags.json")


def settings(file: Path, **given: Any) -> Settings:
    return Settings(data_dir=str(file.parent), flags_file=str(file), **given)


def text_of(file: Path) -> bytes:
    return file.read_bytes()


def write(file: Path, text: str) -> None:
    file.write_text(text)


async def test_slider_in_a_file_is_read_and_moved(file: Path, database: Database) -> None:
    slider = open_slider(settings(file), database)
    assert (slider.kind, slider.location, slider.limit) == ("file", f"the file {file}", "")
    assert await slider.read() == Position(25, FLAG)
    await slider.move(TO)
    assert await slider.read() == TO
    assert await slider.is_allowed()


async def test_roll_back_leaves_the_kill_switch_and_all_other_flags(file: Path, database: Database) -> None:
    await open_slider(settings(file), database).move(Position(0, FLAG))
    delivered = FlagsData().roll_out(FLAG, 0).turn(SWITCH, on=True).normal()
    assert read(text_of(file)) == read(delivered)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data.strategy(FLAG, name="default"), "no slider"),
        (lambda data: data.strategy(FLAG, parameters={"rollout": "many"}), "many"),
        (lambda data: data.strategy(FLAG, parameters={}), "nothing"),
        (lambda data: data.turn(FLAG, on=False), "off"),
    ],
)
async def test_slider_without_a_share_is_refused(file: Path, database: Database, change: Any, why: str) -> None:
    change(FlagsData()).save(file)
    with pytest.raises(Refused, match=why):
        await open_slider(settings(file), database).read()


@pytest.mark.parametrize("text", ["", "{", "[]"])
async def test_broken_file_is_refused(file: Path, database: Database, text: str) -> None:
    slider = open_slider(settings(file), database)
    write(file, text)
    for doing in (slider.read(), slider.is_allowed(), slider.move(TO)):
        with pytest.raises(Refused, match="cannot be used"):
            await doing
    assert text_of(file) == text.encode()


async def test_without_a_token_the_slider_of_a_server_is_only_watched(file: Path, database: Database) -> None:
    gate = open_gate(settings(file))
    slider = open_slider(settings(file, unleash_url=NOWHERE), database, gate)
    assert slider.limit == ONLY_WATCHED
    assert await slider.read() == Position(25, FLAG)
    assert await slider.is_allowed()
    with pytest.raises(Refused, match="UNLEASH_ADMIN_TOKEN"):
        await slider.move(TO)
    gate.close()


async def test_without_token_and_flags_nothing_is_known_of_it(file: Path, database: Database) -> None:
    slider = open_slider(settings(file, unleash_url=NOWHERE), database)
    with pytest.raises(Refused, match="UNLEASH_ADMIN_TOKEN"):
        await slider.read()


async def test_server_that_is_away_is_unreachable(file: Path, database: Database) -> None:
    slider = open_slider(settings(file, unleash_url=NOWHERE, unleash_admin_token="user:x"), database)
    for doing in (slider.read(), slider.is_allowed(), slider.move(TO)):
        with pytest.raises(Unreachable, match="cannot be reached"):
            await doing
