"""The few characters by which a process and the command line compare flags."""

from typing import Any

import pytest

from playhead.flags.answers.fingerprint import OFF, fingerprints
from playhead.flags.file.export import client_document, read
from tests.support.flags_data import FlagsData

STREAM = "sse.status-stream"


def fingerprint(data: FlagsData) -> str:
    return fingerprints(client_document(read(data.text().encode())))[STREAM]


@pytest.mark.parametrize(
    "other",
    [
        FlagsData().roll_out(STREAM, 99),
        FlagsData().turn(STREAM, on=False),
        FlagsData().strategy(STREAM, name="default"),
        FlagsData().add_strategy(STREAM, 100),
        FlagsData().constrain(STREAM, "admin", "true"),
        FlagsData().strategy(STREAM, variants=[{"name": "a", "weight": 1000}]),
    ],
)
def test_what_decides_makes_another_fingerprint(other: FlagsData) -> None:
    assert fingerprint(other) != fingerprint(FlagsData())


@pytest.mark.parametrize(
    "same", [FlagsData().set_feature(STREAM, description="?"), FlagsData().strategy(STREAM, title="x"), FlagsData()]
)
def test_what_only_describes_makes_the_same(same: FlagsData) -> None:
    assert fingerprint(same) == fingerprint(FlagsData())


def test_flag_that_is_off_is_off_for_whatever_share() -> None:
    assert fingerprint(FlagsData().roll_out(STREAM, 25).turn(STREAM, on=False)) == OFF


@pytest.mark.parametrize("document", ["", "{", '{"features": 1}'])
def test_document_that_is_none_has_no_gists(document: Any) -> None:
    assert fingerprints(document) == {}
