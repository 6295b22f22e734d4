"""The flag engine answers, whatever becomes of what its package does not promise to keep."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from playhead.flags.answers.engine import Evaluator

PERSON = {"userId": "a"}


@pytest.fixture
def evaluator() -> Evaluator:
    features = [{"name": name, "enabled": name == "on", "strategies": [{"name": "default"}]} for name in ("on", "off")]
    return Evaluator("default", json.dumps({"version": 2, "features": features}))


def engine_of(evaluator: Evaluator) -> Any:
    return evaluator._engine  # noqa: SLF001


def answers(evaluator: Evaluator, context: dict[str, Any] = PERSON) -> list[bool]:
    return [evaluator.is_enabled(name, context) for name in ("on", "off", "unknown")]


class OtherLibrary:
    """A library that gives out something else."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def check_enabled(self, *_: object) -> object:
        raise TypeError("this takes other arguments now")


def test_library_is_asked_itself(evaluator: Evaluator) -> None:
    engine_of(evaluator).check_enabled = None
    assert answers(evaluator) == [True, False, False]


def test_package_answers_where_its_library_has_another_name(evaluator: Evaluator) -> None:
    engine = engine_of(evaluator)

    class Renamed:
        def check_enabled(self, *asked: Any) -> Any:
            return engine.check_enabled(*asked)

    evaluator._engine = Renamed()  # noqa: SLF001
    with capture_logs() as lines:
        assert answers(evaluator) == [True, False, False]
    assert [line["log_level"] for line in lines] == ["error"]


def test_flag_is_off_where_neither_the_library_nor_the_package_answers(evaluator: Evaluator) -> None:
    engine = engine_of(evaluator)
    engine.lib = OtherLibrary(engine.lib)
    assert answers(evaluator) == [False, False, False]
