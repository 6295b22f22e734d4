"""Invalid and hostile files: each is rejected with its code or decoded as far as possible; none opens anything else."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio
from playhead.transcription.audio import AudioError, AudioFault
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import media
from tests.support.speech import JFK


def _zero_bytes(path: Path) -> None:
    path.touch()


def _noise_bytes(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(50_000))


def _text(path: Path) -> None:
    path.write_text("It was the best of times, it was the worst of times. " * 1000)


def _archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(50_000))


def _no_samples(path: Path) -> None:
    media.wav(path, np.zeros((0, 1), "<i2"))


def _one_hertz(path: Path) -> None:
    media.wav(path, np.zeros((16_000, 1), "<i2"), rate=1)


def _five_hundred_kilohertz(path: Path) -> None:
    media.wav(path, np.zeros((16_000, 1), "<i2"), rate=500_000)


def _hundred_channels(path: Path) -> None:
    media.wav(path, np.zeros((1_000, 100), "<i2"))


def _film_without_sound(path: Path) -> None:
    media.video_only(path)


def _sound_overwritten(path: Path) -> None:
    """An M4A with a whole index whose sound is all zero bytes."""
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.m4a"])
    data = path.read_bytes()
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    path.write_bytes(data[:begin] + bytes(end - begin) + data[end:])


def _rare_codec(path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.Format("matroska", "wavpack"))


REFUSED = [
    (_zero_bytes, AudioFault.EMPTY),
    (_no_samples, AudioFault.EMPTY),
    (_noise_bytes, AudioFault.UNREADABLE),
    (_text, AudioFault.UNREADABLE),
    (_archive, AudioFault.UNREADABLE),
    (_one_hertz, AudioFault.UNREADABLE),
    (_five_hundred_kilohertz, AudioFault.UNREADABLE),
    (_hundred_channels, AudioFault.UNREADABLE),
    (_rare_codec, AudioFault.UNREADABLE),
    (_film_without_sound, AudioFault.NO_AUDIO),
    (_sound_overwritten, AudioFault.DAMAGED),
]


@pytest.mark.parametrize("name", ["upload", "upload.mp3", "upload.wav", "upload.m4a"])
@pytest.mark.parametrize(("make", "code"), REFUSED)
def test_undecodable_file_raises_its_code(
    make: Callable[[Path], None], code: AudioFault, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    for attempt in (lambda: audio.probe(path), lambda: media.samples_of(path)):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == code
        assert refused.value.detail == audio.SENTENCES[code]
        assert str(tmp_path) not in str(refused.value)


def test_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        audio.probe(tmp_path / "gone.wav")
    with pytest.raises(FileNotFoundError):
        next(audio.blocks(tmp_path))


def test_too_long_is_raised_before_all_is_decoded(tmp_path: Path) -> None:
    path = media.long_silence(tmp_path / "long.opus", hours=1)
    with pytest.raises(AudioError) as refused:
        audio.probe(path, max_s=1800)
    assert refused.value.code == AudioFault.TOO_LONG
    blocks = audio.blocks(path, max_s=60)
    decoded = sum(next(blocks).size for _ in range(59))
    with pytest.raises(AudioError) as refused:
        list(blocks)
    assert refused.value.code == AudioFault.TOO_LONG
    assert decoded == 59 * SAMPLE_RATE


def test_wild_timestamps_do_not_make_hours_of_silence(tmp_path: Path) -> None:
    leaps = [n * 500.0 for n in range(200)]
    path = media.packets(tmp_path / "leaps.mkv", leaps)
    for attempt in (lambda: audio.probe(path, max_s=3600), lambda: list(audio.blocks(path, max_s=3600))):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.TOO_LONG


def test_flipped_bytes_lose_only_their_packets(made: Callable[[str], Path], tmp_path: Path) -> None:
    """A decoder that stopped at the first bad packet would lose most of the sound without an error."""
    damaged = media.flipped(made("speech.mp3"), tmp_path / "flipped.mp3")
    assert media.samples_of(damaged).size / SAMPLE_RATE >= 0.9 * 11
    assert audio.probe(damaged) >= 0.9 * 11


@pytest.mark.parametrize("name", ["speech.mp3", "speech.flac", "speech.webm", "speech.ogg", "speech.wav"])
def test_truncated_file_is_as_long_as_its_content(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    half = media.truncated(made(name), tmp_path / name)
    decoded_s = media.samples_of(half).size / SAMPLE_RATE
    assert 3.5 <= decoded_s <= 7.5
    assert audio.probe(half) == pytest.approx(decoded_s, abs=0.2)


def test_truncated_m4a_without_index_is_unreadable(made: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(AudioError) as refused:
        audio.probe(media.truncated(made("speech.m4a"), tmp_path / "half.m4a"))
    assert refused.value.code == AudioFault.UNREADABLE


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A listening port, and the requests that came to it."""
    visits: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    visitor, address = server.accept()
                except OSError:
                    return
                visits.append(str(address))
                visitor.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], visits
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


PLAYLISTS = {
    "concat": "ffconcat version 1.0\nfile 'secret.mp3'\n",
    "concat by url": "ffconcat version 1.0\nfile 'file://{secret}'\n",
    "hls of a file": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "hls of a url": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/x.mp3\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        '<Representation id="1" bandwidth="1"><BaseURL>http://127.0.0.1:{port}/x.mp4</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ),
}


@pytest.mark.parametrize("name", ["upload", "upload.wav", "upload.m3u8", "upload.sdp", "upload.mpd", "upload.ffconcat"])
@pytest.mark.parametrize("playlist", PLAYLISTS)
def test_playlist_opens_no_other_file_and_no_connection(
    playlist: str, name: str, listener: tuple[int, list[str]], made: Callable[[str], Path], tmp_path: Path
) -> None:
    port, visits = listener
    secret = tmp_path / "secret.mp3"
    secret.write_bytes(made("speech.mp3").read_bytes())
    path = tmp_path / name
    path.write_text(PLAYLISTS[playlist].format(port=port, secret=secret))
    for attempt in (lambda: audio.probe(path), lambda: media.samples_of(path)):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.UNREADABLE
    assert visits == []
