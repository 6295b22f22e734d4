"""Recordings that refer to other files or to addresses: nothing but the recording itself is opened."""

from pathlib import Path

import pytest

from playhead.formats import containers
from playhead.transcription import audio
from playhead.transcription.faults import AudioError
from tests.support import references
from tests.support.headers import wav
from tests.support.opened import Opened

SECRET = "secret.wav"


@pytest.mark.parametrize("name", [*references.HEARD, *references.DISGUISED])
def test_nothing_is_opened_but_the_file_itself(name: str, listener: tuple[int, list[str]], tmp_path: Path) -> None:
    port, visits = listener
    tmp_path.joinpath(SECRET).write_bytes(wav())
    made = (references.HEARD | references.DISGUISED)[name](str(tmp_path / SECRET), f"http://127.0.0.1:{port}/x.mp3")
    path = tmp_path / "upload"
    path.write_bytes(made)
    with Opened(tmp_path) as opened:
        for attempt in (lambda: audio.survey(path), lambda: list(audio.blocks(path))):
            try:
                attempt()
            except AudioError:
                assert name in [*references.DISGUISED, "alias"]
        assert opened.names() == {"upload"}
    assert visits == []


@pytest.mark.parametrize("name", references.DISGUISED)
def test_disguised_playlist_passes_the_first_look(name: str) -> None:
    """Else the test above shows nothing: the decoder would never see such a file."""
    assert containers.container_of(references.DISGUISED[name]("/secret", "http://127.0.0.1/x.mp3")) is not None


def test_watch_sees_a_file_that_is_opened(tmp_path: Path) -> None:
    tmp_path.joinpath(SECRET).write_bytes(wav())
    with Opened(tmp_path) as opened:
        audio.survey(tmp_path / SECRET)
        assert opened.names() == {SECRET}
        assert opened.names() == set()
