"""Invalid and hostile files: each is rejected with its code or decoded as far as possible; none opens anything else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from playhead.transcription import audio, faults
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import SAMPLE_RATE
from tests.support import media
from tests.support.opened import Opened
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
    media.encode(media.samples_of(JFK), path, media.Format("matroska", "real_144", 8_000))


def _relabelled(path: Path, before: bytes, after: bytes) -> None:
    """An M4A whose track says that it is coded otherwise."""
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.m4a"])
    head, stsd, rest = path.read_bytes().partition(b"stsd")
    path.write_bytes(head + stsd + rest.replace(before, after, 1))


def _fair_play(path: Path) -> None:
    _relabelled(path, b"mp4a", b"drms")


def _common_encryption(path: Path) -> None:
    _relabelled(path, b"mp4a", b"enca")


def _protected_wma(guid: str, path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.Format("asf", "wmav2", 44_100, bit_rate=64_000))
    data = path.read_bytes()
    codec_list = bytes.fromhex("4052d1861d31d011a3a400a0c90348f6")
    assert codec_list in data
    path.write_bytes(data.replace(codec_list, bytes.fromhex(guid), 1))


def _recorder_died(path: Path) -> None:
    """An M4A of which the sound was written, and the index that follows it was not."""
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.m4a"])
    path.write_bytes(path.read_bytes().partition(b"moov")[0][:-4])


def _copy_cut(path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.m4a"])
    path.write_bytes(path.read_bytes()[:20_000])


def _mp4_header(path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.m4a"])
    path.write_bytes(path.read_bytes().partition(b"mdat")[0][:-4])


def _flv_header(path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.flv"])
    path.write_bytes(path.read_bytes()[:13])


def _avi_header(path: Path) -> None:
    media.encode(media.samples_of(JFK), path, media.FORMATS["speech.avi"])
    path.write_bytes(path.read_bytes()[:120])


def _wav_type(code: int, path: Path) -> None:
    media.wav(path, np.zeros((16_000, 1), "<i2"))
    data = path.read_bytes()
    path.write_bytes(data[:20] + code.to_bytes(2, "little") + data[22:])


REFUSED = [
    (_zero_bytes, AudioFault.EMPTY),
    (_no_samples, AudioFault.EMPTY),
    (_noise_bytes, AudioFault.UNREADABLE),
    (_text, AudioFault.UNREADABLE),
    (_archive, AudioFault.UNREADABLE),
    (_one_hertz, AudioFault.UNREADABLE),
    (_five_hundred_kilohertz, AudioFault.UNREADABLE),
    (_hundred_channels, AudioFault.UNREADABLE),
    (_rare_codec, AudioFault.UNKNOWN_CODEC),
    (_fair_play, AudioFault.PROTECTED),
    (_common_encryption, AudioFault.PROTECTED),
    (partial(_protected_wma, "fbb3112223bdd211b4b700a0c955fc6e"), AudioFault.PROTECTED),
    (partial(_protected_wma, "14e68a292226174cb935dae07ee9289c"), AudioFault.PROTECTED),
    (_recorder_died, AudioFault.UNFINISHED),
    (_copy_cut, AudioFault.UNFINISHED),
    (_mp4_header, AudioFault.EMPTY),
    (_flv_header, AudioFault.EMPTY),
    (_avi_header, AudioFault.EMPTY),
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
    for attempt in (lambda: audio.survey(path).duration_s, lambda: media.samples_of(path)):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == code
        assert refused.value.detail == faults.SENTENCES[code].format(name=refused.value.name)
        assert str(tmp_path) not in str(refused.value)


def test_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        audio.survey(tmp_path / "gone.wav")
    with pytest.raises(FileNotFoundError):
        next(audio.blocks(tmp_path))


def test_too_long_is_raised_before_all_is_decoded(tmp_path: Path) -> None:
    path = media.long_silence(tmp_path / "long.opus", hours=1)
    with pytest.raises(AudioError) as refused:
        audio.survey(path, max_s=1800)
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
    for attempt in (lambda: audio.survey(path, max_s=3600).duration_s, lambda: list(audio.blocks(path, max_s=3600))):
        with pytest.raises(AudioError) as refused:
            attempt()
        assert refused.value.code == AudioFault.TOO_LONG


def test_flipped_bytes_lose_only_their_packets(made: Callable[[str], Path], tmp_path: Path) -> None:
    """A decoder that stopped at the first bad packet would lose most of the sound without an error."""
    damaged = media.flipped(made("speech.mp3"), tmp_path / "flipped.mp3")
    assert media.samples_of(damaged).size / SAMPLE_RATE >= 0.9 * 11
    assert audio.survey(damaged).duration_s >= 0.9 * 11


@pytest.mark.parametrize("name", ["speech.mp3", "speech.flac", "speech.webm", "speech.ogg", "speech.wav"])
def test_truncated_file_is_as_long_as_its_content(name: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    half = media.truncated(made(name), tmp_path / name)
    decoded_s = media.samples_of(half).size / SAMPLE_RATE
    assert 3.5 <= decoded_s <= 7.5
    assert audio.survey(half).duration_s == pytest.approx(decoded_s, abs=0.2)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (_rare_codec, "REAL 144"),
        (partial(_wav_type, 0x83), "G729"),
        (partial(_wav_type, 0x1234), "WAV type 4660"),
    ],
)
def test_codec_that_is_not_decoded_is_named(make: Callable[[Path], None], name: str, tmp_path: Path) -> None:
    path = tmp_path / "rare"
    make(path)
    with pytest.raises(AudioError) as refused:
        audio.survey(path)
    assert refused.value.code == AudioFault.UNKNOWN_CODEC
    assert refused.value.detail.startswith(f"The sound is coded as {name}, which cannot be decoded here.")


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


@pytest.mark.parametrize("ending", ["", ".wav", ".m3u8", ".sdp", ".mpd", ".ffconcat", ".ts", ".mpg"])
@pytest.mark.parametrize("playlist", PLAYLISTS)
def test_playlist_opens_no_other_file_and_no_connection(
    playlist: str, ending: str, listener: tuple[int, list[str]], made: Callable[[str], Path], tmp_path: Path
) -> None:
    port, visits = listener
    secret = tmp_path / "secret.mp3"
    secret.write_bytes(made("speech.mp3").read_bytes())
    path = tmp_path / f"upload{ending}"
    path.write_text(PLAYLISTS[playlist].format(port=port, secret=secret))
    with Opened(tmp_path) as opened:
        for attempt in (lambda: audio.survey(path).duration_s, lambda: media.samples_of(path)):
            with pytest.raises(AudioError) as refused:
                attempt()
            assert refused.value.code == AudioFault.UNREADABLE
        assert opened.names() == {path.name}
    assert visits == []
