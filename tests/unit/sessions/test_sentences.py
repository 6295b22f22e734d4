"""The message of a status in every stage."""

from typing import Any

import pytest

from playhead.sessions.sentences import about, with_message
from playhead.sessions.status import Failure, Stage
from playhead.text import clock
from tests.support.fakes import a_status

MESSAGES: list[tuple[Stage, dict[str, Any], str]] = [
    (Stage.UPLOADING, {}, "Uploading"),
    (Stage.UPLOADING, {"progress": 0.42}, "Uploading: 42%"),
    (Stage.UPLOADING, {"progress": 0.0, "size_bytes": 9}, "Uploading: 0 bytes of 9 bytes"),
    (Stage.UPLOADING, {"progress": 0.63, "size_bytes": 100_000_000}, "Uploading: 63 MB of 100 MB"),
    (
        Stage.UPLOADING,
        {"progress": 0.63, "size_bytes": 100_000_000, "eta_s": 34.6},
        "Uploading: 63 MB of 100 MB, about 35 s left",
    ),
    (Stage.UPLOADING, {"progress": 1.0, "size_bytes": 100_000_000}, "Uploaded: 100 MB"),
    (Stage.QUEUED, {}, "Next in line"),
    (Stage.QUEUED, {"queue_position": 1}, "Next in line"),
    (Stage.QUEUED, {"queue_position": 2}, "Waiting: 1 session ahead"),
    (Stage.QUEUED, {"queue_position": 9}, "Waiting: 8 sessions ahead"),
    (Stage.QUEUED, {"queue_position": 3, "eta_s": 130.0}, "Waiting: 2 sessions ahead, about 2 min in all"),
    (Stage.DECODING, {}, "Reading the audio"),
    (Stage.LOADING_MODEL, {}, "Loading the speech model"),
    (Stage.LOADING_MODEL, {"duration_s": 600.0}, "Loading the speech model for 10:00 of audio"),
    (Stage.TRANSCRIBING, {}, "Transcribing"),
    (Stage.TRANSCRIBING, {"duration_s": 600.0}, "Transcribing: 0:00 of 10:00"),
    (
        Stage.TRANSCRIBING,
        {"position_s": 252.0, "duration_s": 600.0, "eta_s": 34.6},
        "Transcribing: 4:12 of 10:00, about 35 s left",
    ),
    (
        Stage.TRANSCRIBING,
        {"position_s": 3723.0, "duration_s": 7260.5, "eta_s": 4810.0},
        "Transcribing: 1:02:03 of 2:01:00, about 1 h 20 min left",
    ),
    (
        Stage.TRANSCRIBING,
        {"position_s": 600.4, "duration_s": 600.0, "eta_s": 0.0},
        "Transcribing: 10:00 of 10:00, almost done",
    ),
    (Stage.RETRYING, {"attempt": 2}, "Interrupted: attempt 2 goes on"),
    (Stage.RETRYING, {"attempt": 2, "position_s": 252.0}, "Interrupted: attempt 2 goes on from 4:12"),
    (
        Stage.RETRYING,
        {"attempt": 2, "position_s": 252.0, "retry_in_s": 12.0},
        "Interrupted: attempt 3 goes on from 4:12 in 10 s",
    ),
    (
        Stage.RETRYING,
        {"attempt": 1, "retry_in_s": 0.0},
        "Interrupted: attempt 2 goes on as soon as a worker is free",
    ),
    (Stage.FINALIZING, {}, "Finishing: no speech found"),
    (Stage.FINALIZING, {"segments": 1}, "Finishing: 1 line"),
    (Stage.COMPLETED, {"segments": 0, "duration_s": 61.0}, "Done: 1:01 of audio, no speech found"),
    (Stage.COMPLETED, {"segments": 31, "duration_s": 600.0}, "Done: 10:00 of audio, 31 lines"),
    (Stage.COMPLETED, {"segments": 31}, "Done: 31 lines"),
    (Stage.FAILED, {"error": None}, "The transcription failed"),
    (
        Stage.FAILED,
        {"error": Failure(code="empty", message="There is no sound in it.", retryable=False, debug_id="d")},
        "There is no sound in it.",
    ),
    (Stage.CANCELED, {}, "Canceled"),
    (Stage.CANCELED, {"segments": 1}, "Canceled: 1 line kept"),
    (Stage.CANCELED, {"segments": 12}, "Canceled: 12 lines kept"),
]


@pytest.mark.parametrize(("stage", "numbers", "sentence"), MESSAGES)
def test_message_of_each_stage_holds_its_numbers(stage: Stage, numbers: dict[str, Any], sentence: str) -> None:
    assert with_message(a_status(stage, **numbers)).message == sentence


def test_every_stage_has_a_message_case() -> None:
    assert {stage for stage, _, _ in MESSAGES} == set(Stage)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (9.99, "0:09"), (60, "1:00"), (3599.9, "59:59"), (3600, "1:00:00")]
)
def test_clock_formats_positions_as_a_player(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (9.4, "9 s"),
        (12, "10 s"),
        (54, "55 s"),
        (57, "1 min"),
        (260, "4 min"),
        (3569, "59 min"),
        (3580, "1 h"),
        (4810, "1 h 20 min"),
        (7190, "2 h"),
    ],
)
def test_about_rounds_lengths_of_time(seconds: float, text: str) -> None:
    assert about(seconds) == text
