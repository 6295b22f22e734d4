"""The status document: encoding, and the rule that the higher version wins."""

from datetime import UTC

import msgspec
import pytest

from playhead.live.clock import now
from playhead.live.job import is_newer
from playhead.sessions.status import FINAL, Stage, State, decode, encode
from tests.support.fakes import a_status


def test_document_is_one_line_and_round_trips() -> None:
    status = a_status(Stage.FAILED, 9_007_199_254_740_991, message="1:02 of 9:59\n«ü»", eta_range_s=(1.0, 2.5))
    assert b"\n" not in encode(status)
    assert decode(encode(status)) == status


def test_time_is_utc_to_the_millisecond() -> None:
    moment = now()
    assert (moment.tzinfo, moment.microsecond % 1000) == (UTC, 0)
    assert msgspec.json.decode(encode(a_status()))["updated_at"].endswith("Z")


def test_unknown_fields_are_ignored() -> None:
    status = a_status()
    document = msgspec.json.decode(encode(status)) | {"added_in_v9": {"a": [1]}}
    assert decode(msgspec.json.encode(document)) == status


@pytest.mark.parametrize("document", [b"", b"null", b"{}", b"\xff", b'{"version": "1"}', b"[1]"])
def test_invalid_document_raises_decode_error(document: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(document)


def test_higher_version_wins_in_any_order() -> None:
    old, new = a_status(version=1_000_009), a_status(version=2_000_001)
    assert is_newer(new, old)
    assert is_newer(new, None)
    assert not is_newer(old, new)
    assert not is_newer(new, new)


def test_three_states_are_final() -> None:
    assert {State.COMPLETED, State.FAILED, State.CANCELED} == FINAL
    assert {stage for stage in Stage if a_status(stage).is_final} == {Stage.COMPLETED, Stage.FAILED, Stage.CANCELED}


def test_equal_statuses_have_one_hash() -> None:
    status = a_status()
    same = decode(encode(status))
    assert hash(status) == hash(same)
    assert {status: "encoded once"}[same] == "encoded once"
