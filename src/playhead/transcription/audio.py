"""Surveys and decodes untrusted audio and video files, in memory that does not grow with the length.

Headers lie, packets are broken, and some "audio files" are playlists that point at other files or at the
network. So only the containers and codecs of `playhead.formats` are opened, only from the local disk, and lengths are
counted, not read from headers. A hostile file can still use any memory and time inside FFmpeg, so workers run this in a
process with limits: see `decoder`.
"""

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from playhead.formats import codecs, containers
from playhead.transcription import damage, refusals, voices
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.levels import Meter
from playhead.transcription.mixer import SAMPLE_RATE, Samples
from playhead.transcription.sound import CHANNELS, PROGRESS_S, RATES, Notes, seconds_of
from playhead.transcription.survey import MIX, ChannelChoice, Survey, Track, TrackChoice, Voice

MAX_S = 12 * 3600.0
"""Default for the longest recording; the same as that of the setting `max_audio_s`."""

PROGRESS_SAMPLES = PROGRESS_S * SAMPLE_RATE
MAX_TRACKS = 8
"""Tracks that are decoded beside the best one: more than screen recorders and films have. Others are listed only."""
FILM_S = 1.0
"""The picture of a video counts if it goes on for longer than this after the sound: the last one of a slow film, of one
picture a second, is as long."""
MAX_TAG = 200
"""Characters of a title or a language that are kept."""

# PyAV below 19 fails on tags that are not UTF-8 without this argument; from 19 on it has no such argument.
_LENIENT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}


def survey(
    path: Path,
    *,
    track: TrackChoice = None,
    channels: ChannelChoice = None,
    max_s: float = MAX_S,
    on_progress: Callable[[], object] = lambda: None,
) -> Survey:
    """Decodes a file once, and finds out how long it is and what of it is to be heard. The same file gives the same.

    The length in the headers alone is not used: that of a truncated file is too large.

    Args:
        track: as a person chose it.
        channels: as a person chose it.
        max_s: the longest recording accepted, in seconds.
        on_progress: called every `PROGRESS_S` of sound; an exception it raises ends the survey.

    Raises:
        AudioError: the file is not usable; its code is the reason.
        FileNotFoundError: there is no such file.
    """
    with _opened(path) as file:
        mixes = {index: voices.mixes(_names(stream)) for index, stream in file.decodable.items()}
        factors = {index: np.asarray(each, np.float32) for index, each in mixes.items()}
        meters = {index: Meter(len(each)) for index, each in mixes.items()}
        samples = dict.fromkeys(mixes, 0)
        notes = Notes()
        for second in seconds_of(
            path, file.container, file.decodable, max_s=max_s, on_progress=on_progress, notes=notes
        ):
            for index, block in second.items():
                meters[index].add(factors[index] @ block)
                samples[index] += block.shape[1]
        measured = [
            voices.Measured(index, len(each[0]), each, meters[index].levels, meters[index].peak)
            for index, each in mixes.items()
        ]
        if track == "all":
            chosen = measured[: voices.MAX_VOICES]
        elif track is None:
            chosen = [voices.choose(measured, file.best)]
        else:
            chosen = [one for one in measured if one.index == track]
        if not chosen:
            raise AudioError(AudioFault.NO_TRACK, f"track {track}")
        indices = {one.index for one in chosen}
        sound_s = max(samples.values()) / SAMPLE_RATE
        duration_s = round(notes.film_s if notes.film_s > sound_s + FILM_S else sound_s, 3)
        most = max((notes.losses[index] for index in indices), key=lambda found: sum(loss.length_s for loss in found))
        is_damaged = damage.warning(most, duration_s)
        return Survey(
            duration_s=duration_s,
            heard_s=round(max(samples[index] for index in indices) / SAMPLE_RATE, 3),
            tracks=tuple(_track(index, stream, file, indices) for index, stream in file.streams.items()),
            voices=voices.decide(chosen, channels),
            warnings=(*((is_damaged,) if is_damaged else ()), *voices.warnings(measured, chosen)),
        )


def blocks(
    path: Path,
    start_at: float = 0.0,
    *,
    heard: Sequence[Voice] = MIX,
    max_s: float = MAX_S,
    on_progress: Callable[[], object] = lambda: None,
) -> Generator[Samples]:
    """Decodes what is heard of a file from `start_at` seconds on, in blocks of at most `BLOCK` samples.

    Always decodes from the beginning and drops the samples before `start_at`: with a broken clock the position of a
    sound depends on all before it, and a seek would land on other samples. Decoding runs at some 1000 times the speed
    of speech, so that is cheap beside transcribing.

    Args:
        start_at: seconds from the start of the recording.
        heard: the voices of the survey.
        max_s: the longest recording accepted, in seconds.
        on_progress: called every `PROGRESS_S` of sound; an exception it raises ends the decoding.

    Yields:
        Blocks with a row for each voice, in order, every sample from -1 to 1. Before `start_at` an empty block comes
        every `PROGRESS_S`, so that the caller can stop. Closing the generator closes the file.

    Raises:
        AudioError: as `survey`; a file that is too long or damaged raises it after some blocks.
        FileNotFoundError: there is no such file.
    """
    skip = round(start_at * SAMPLE_RATE)
    done = 0
    with _opened(path) as file:
        rows = [(voice.track or file.best, voice.weights) for voice in heard]
        streams = {index: stream for index, stream in file.decodable.items() if index in dict(rows)}
        means = {index: voices.mixes(_names(stream))[0] for index, stream in streams.items()}
        factors = [(index, np.asarray(weights or means[index], np.float32)) for index, weights in rows]
        for second in seconds_of(path, file.container, streams, max_s=max_s, on_progress=on_progress):
            block = np.zeros((len(rows), max(one.shape[1] for one in second.values())), np.float32)
            for row, (index, weights) in zip(block, factors, strict=True):
                if index in second:
                    row[: second[index].shape[1]] = np.clip(weights @ second[index], -1.0, 1.0)
            begin, done = done, done + block.shape[1]
            if done > skip:
                yield block[:, max(0, skip - begin) :]
            elif done // PROGRESS_SAMPLES != begin // PROGRESS_SAMPLES:
                yield block[:, :0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """An open file; the index of each sound track counts from 1."""

    container: InputContainer
    streams: dict[int, AudioStream]
    decodable: dict[int, AudioStream]
    best: int
    """The track that a player plays, of those that can be decoded here."""
    unknown: dict[int, str]
    """What the codecs are called that nothing here decodes, as far as the file says it."""


@contextmanager
def _opened(path: Path) -> Iterator[_File]:
    """Opens a file by its path, because with a file object a playlist could use the network."""
    if not path.is_file():
        raise FileNotFoundError(path)
    if not path.stat().st_size:
        raise AudioError(AudioFault.EMPTY, "0 bytes")
    options = {
        "format_whitelist": containers.WHITELIST,
        "codec_whitelist": codecs.WHITELIST,
        "protocol_whitelist": "file",
        "ignore_editlist": "1",  # see `edits`
    }
    try:
        container = av.open(str(path.absolute()), options=options, **_LENIENT)
    except (FFmpegError, ValueError) as error:
        raise refusals.unopened(path, type(error).__name__) from error
    with container:
        streams = dict(enumerate(container.streams.audio, 1))
        if not streams:
            raise AudioError(AudioFault.NO_AUDIO if container.streams else AudioFault.UNREADABLE)
        labels = refusals.labels(path)
        refused = {index: _refusal(labels, stream) for index, stream in streams.items()}
        decodable = {index: stream for index, stream in streams.items() if refused[index] is None}
        best = container.streams.best("audio")
        if not decodable:
            raise refused[1] or AudioError(AudioFault.UNREADABLE)
        index = next((index for index, stream in decodable.items() if stream is best), min(decodable))
        kept = dict([(index, decodable[index]), *decodable.items()][: MAX_TRACKS + 1])
        unknown = {index: refusal.name for index, refusal in refused.items() if refusal and refusal.name}
        decoded = dict(sorted(kept.items()))
        yield _File(container=container, streams=streams, decodable=decoded, best=index, unknown=unknown)


def _refusal(labels: refusals.Labels, stream: AudioStream) -> AudioError | None:
    """Why a track cannot be decoded here; None if it can."""
    codec = stream.codec_context
    refusal = refusals.undecodable(labels, stream.id, codec.name if codec else None)
    if refusal is None and codec and not (codec.sample_rate in RATES and codec.layout.nb_channels in CHANNELS):
        return AudioError(AudioFault.UNREADABLE, f"{codec.sample_rate} Hz, {codec.layout.nb_channels} channels")
    return refusal


def _names(stream: AudioStream) -> list[str]:
    """The names of a track's channels."""
    return [channel.name for channel in stream.codec_context.layout.channels]


def _track(index: int, stream: AudioStream, file: _File, chosen: Collection[int]) -> Track:
    codec = stream.codec_context
    return Track(
        index=index,
        title=_tag(stream, "title"),
        language=_tag(stream, "language"),
        codec=(codecs.name_of(codec.name) or codec.name) if codec else file.unknown.get(index, "unknown"),
        channels=(codec.layout.nb_channels or None) if codec else None,
        decodable=index in file.decodable,
        chosen=index in chosen,
    )


def _tag(stream: AudioStream, name: str) -> str | None:
    text = "".join(char for char in stream.metadata.get(name, "") if char.isprintable()).strip()
    return text[:MAX_TAG] if text and text != "und" else None
