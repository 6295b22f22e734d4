import json
from collections.abc import Callable

import pytest

from playhead.flags.answers.engine import MalformedFlags
from playhead.flags.file.export import client_document, read, select, write
from playhead.flags.file.location import default_file
from tests.support.flags_data import FlagsData


def in_two_environments(data: FlagsData) -> None:
    data.export["featureEnvironments"][0]["environment"] = "production"


def with_a_segment(data: FlagsData) -> None:
    data.strategy("sse.allowed", segments=[1])


def with_a_number_for_text(data: FlagsData) -> None:
    data.strategy("sse.allowed", parameters={"rollout": 25})


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (in_two_environments, "more than one environment: development, production"),
        (with_a_segment, "segment.*sse.allowed"),
        (with_a_number_for_text, r"Expected `str`, got `int` - at `\$.featureStrategies"),
    ],
)
def test_what_a_file_cannot_say_is_refused_in_words(spoil: Callable[[FlagsData], None], complaint: str) -> None:
    data = FlagsData()
    spoil(data)
    with pytest.raises(MalformedFlags, match=complaint):
        read(data.text().encode())


@pytest.mark.parametrize("text", [b"", b"[]", b'{"features": 1}', b"\xff"])
def test_what_is_no_export_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedFlags, match="not an Unleash export"):
        read(text)


def test_a_flag_whose_strategies_are_all_disabled_is_off_for_all() -> None:
    flags = read(FlagsData().strategy("sse.allowed", disabled=True).text().encode())
    enabled = {one["name"]: one["enabled"] for one in json.loads(client_document(flags))["features"]}
    assert (enabled["sse.allowed"], enabled["sse.status-stream"]) == (False, True)


def test_the_delivered_file_is_in_normal_form() -> None:
    assert write(read(default_file().read_bytes())) == default_file().read_bytes()


def test_what_is_only_the_server_s_own_does_not_change_the_text() -> None:
    data = FlagsData()
    for entries in data.export.values():
        entries.reverse()
    data.strategy("sse.allowed", id="01M87VGYS9", title=None, sortOrder=3)
    for kind in data.export["tagTypes"]:
        kind["color"] = None
    assert data.normal() == FlagsData().strategy("sse.allowed", title="").normal()


def test_only_some_flags_are_selected_with_all_that_is_said_of_them() -> None:
    flags = read(FlagsData().text().encode())
    one = select(flags, lambda name: name == "sse.status-stream")
    assert one.names == {"sse.status-stream"}
    assert [parent.feature for parent in one.parents("sse.status-stream")] == ["sse.allowed"]
    assert set(one.tags("sse.status-stream")) == {"owner", "since", "remove-by"}
    assert len(one.feature_strategies) == len(one.feature_environments) == 1
