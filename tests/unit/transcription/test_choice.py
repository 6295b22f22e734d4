"""The models that people may choose: each session gets its own, and one at a time is in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead.config import load
from playhead.sessions import repository
from playhead.sessions.facts import Options
from playhead.transcription.engines import Checkpoint, Segment, UnknownModel
from playhead.transcription.engines.choice import Engines
from tests.support.fakes import ScriptedEngine
from tests.unit.transcription.workbench import AUDIO_S, Bench


class Shelf(Engines):
    """The engines of three models, of which each says its name; `at_once` counts those that were in memory together."""

    def __init__(self) -> None:
        self.made: dict[str, ScriptedEngine] = {}
        self.at_once = 0
        super().__init__(["base", "small", "large"], self._make)

    @property
    def loaded(self) -> list[str]:
        return [name for name, engine in self.made.items() if engine.is_loaded]

    def _make(self, name: str) -> ScriptedEngine:
        shelf = self

        class Counted(ScriptedEngine):
            def load(self) -> None:
                super().load()
                shelf.at_once = max(shelf.at_once, len(shelf.loaded))

        self.made[name] = Counted([Segment(1, 2, name), Checkpoint(AUDIO_S)], duration_s=AUDIO_S, name=name)
        return self.made[name]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("environ", "offered"),
    [
        ({}, {"base": "base"}),
        ({"MODELS": "small, large-v3"}, {"base": "base", "small": "small", "large-v3": "large-v3"}),
        ({"MODEL": "tiny.en", "MODELS": "base,,tiny.en"}, {"tiny.en": "tiny.en", "base": "base"}),
        ({"MODEL": "/srv/thai", "MODELS": "owner/small"}, {"thai": "/srv/thai", "small": "owner/small"}),
    ],
)
def test_setting_offers_models_by_names_and_the_usual_one_first(
    environ: dict[str, str], offered: dict[str, str], tmp_path: Path
) -> None:
    found = load({"DATA_DIR": str(tmp_path)} | environ).offered_models
    assert list(found.items()) == list(offered.items())


def test_each_session_gets_its_model_and_one_is_in_memory(bench: Bench) -> None:
    shelf = Shelf()
    chosen = ["small", None, "large", "large", "base"]
    sessions = [bench.queue(options=Options(model=model)) for model in chosen]
    for _ in sessions:
        bench.work_with_any(shelf)
    assert [bench.texts(session) for session in sessions] == [["small"], ["base"], ["large"], ["large"], ["base"]]
    stored = [bench.database.run(repository.get, session, "ada").engine for session in sessions]
    assert stored == ["small", "base", "large", "large", "base"]
    assert (shelf.at_once, shelf.loaded) == (1, ["base"])


def test_model_stays_in_memory_until_another_one_is_used(bench: Bench) -> None:
    shelf = Shelf()
    bench.queue(options=Options(model="small"))
    bench.work_with_any(shelf)
    bench.work_with_any(shelf)  # no session waits
    assert shelf.loaded == ["small"]


def test_model_that_is_not_offered_any_more_is_named(bench: Bench) -> None:
    session = bench.queue(options=Options(model="huge"))
    shelf = Shelf()
    bench.work_with_any(shelf)
    error = bench.status(session).error
    assert error is not None
    sentence = "The model huge is not offered here any more: transcribe it again with another one (base, small, large)."
    assert (error.code, error.message, error.retryable) == ("unknown_model", sentence, False)
    with pytest.raises(UnknownModel):
        shelf.choose("huge")
    assert shelf.loaded == []
