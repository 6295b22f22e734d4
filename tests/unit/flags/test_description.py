import pytest

from playhead.flags.administration.description import audience, closed, describe, differences
from playhead.flags.file.export import Export, read
from tests.support.flags_data import FlagsData

GRADUAL = "“Everybody, gradually” gradual by userId"
STREAM = "sse.status-stream"
ADMINS = {"contextName": "admin", "operator": "IN", "values": ["true"]}


def flags(data: FlagsData) -> Export:
    return read(data.text().encode())


def independent() -> FlagsData:
    data = FlagsData()
    data.export["dependencies"] = []
    return data


def constrained(**keys: object) -> FlagsData:
    return FlagsData().strategy(STREAM, constraints=[{"contextName": "appVersion", **keys}])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (FlagsData().roll_out(STREAM, 25), "rollout 25%, in the file 100%"),
        (FlagsData().turn(STREAM, on=False), "off, in the file on"),
        (independent(), "depends on none, in the file sse.allowed"),
        (FlagsData().tag(STREAM, "owner"), "owner none, in the file delivery"),
        (FlagsData().tag(STREAM, "owner", "us", "them"), "owner them; us, in the file delivery"),
        (FlagsData().tag(STREAM, "team", "us"), "team us, in the file none"),
        (FlagsData().set_feature(STREAM, type="experiment"), "type experiment, in the file release"),
        (FlagsData().set_feature(STREAM, stale=True, archived=True), "marked stale; archived, in the file none"),
        (FlagsData().set_feature(STREAM, impressionData=True), "impression data on, in the file none"),
        (
            FlagsData().strategy(STREAM, variants=[{"name": "a", "weight": 1000}]),
            "variants a for 100%, in the file none",
        ),
        (
            FlagsData().add_strategy(STREAM, 100, constraints=[ADMINS]),
            f"strategies “Admins” 100% by userId where admin is true; {GRADUAL}, in the file {GRADUAL}",
        ),
        (
            FlagsData().strategy(STREAM, disabled=True, title="all"),
            f"strategies (disabled) “all” 100% by userId, in the file {GRADUAL}",
        ),
        (
            constrained(operator="NOT_IN", values=["2", "1"], inverted=True),
            f"strategies {GRADUAL} where not (appVersion is none of 1, 2), in the file {GRADUAL}",
        ),
        (
            constrained(operator="REGEX", value="1.2", caseInsensitive=True),
            f"strategies {GRADUAL} where appVersion REGEX 1.2, in any case, in the file {GRADUAL}",
        ),
        (
            FlagsData().strategy(
                STREAM, parameters={"rollout": "100", "stickiness": "userId", "groupId": "a", "x": "1"}
            ),
            f"strategies {GRADUAL} in group a x=1, in the file {GRADUAL}",
        ),
    ],
)
def test_each_difference_is_one_sentence(changed: FlagsData, sentence: str) -> None:
    found = differences(flags(changed), flags(FlagsData()))
    assert f"{STREAM}: {sentence}" in found.pop(STREAM)
    assert found == {}


def test_a_purpose_is_quoted() -> None:
    (sentences,) = differences(flags(FlagsData().set_feature(STREAM, description="Who?")), flags(FlagsData())).values()
    assert sentences[0].startswith(f"{STREAM}: purpose “Who?”, in the file “")


def test_flags_of_only_one_side_are_named() -> None:
    found = differences(flags(FlagsData().rename("sse.tuning", "old.one")), flags(FlagsData()))
    assert found == {
        "old.one": ["old.one: not in the file"],
        "sse.tuning": ["sse.tuning: missing, only in the file"],
    }


def test_what_neither_decides_nor_describes_is_no_difference() -> None:
    data = FlagsData().strategy(STREAM, id="01M87", sortOrder=2)
    for entries in data.export.values():
        entries.reverse()
    data.export["contextFields"] = data.export["tagTypes"] = []
    for switch in data.export["featureEnvironments"]:
        switch["environment"] = "production"
    assert differences(flags(data), flags(FlagsData())) == {}


def test_the_strategy_of_a_variant_is_said_where_there_are_several() -> None:
    said = describe(flags(FlagsData().add_strategy("sse.tuning", 5, constraints=[ADMINS], variants=[])), "sse.tuning")
    payload = '{"heartbeat_s": 15, "coalesce_ms": 100, "max_age_s": 600}'
    assert said["variants"] == [f"tuned for 100% by userId: {payload} (json), of “Everybody” gradual by userId"]
    assert said["rollout"] == ["100%"]
    assert said["strategies"] == ["“Admins” 5% by userId where admin is true", "“Everybody” gradual by userId"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (FlagsData().roll_out(STREAM, 25), "rollout 25%"),
        (
            FlagsData().roll_out(STREAM, 25).constrain(STREAM, "admin", "true"),
            "“Everybody, gradually” 25% by userId where admin is true",
        ),
        (
            FlagsData().add_strategy(STREAM, 100, constraints=[ADMINS]).add_strategy(STREAM, 5, disabled=True),
            "rollout 100%; “Admins” 100% by userId where admin is true",
        ),
        (FlagsData().strategy(STREAM, disabled=True), ""),
        (FlagsData().strategy(STREAM, featureName="sse.tuning"), "everybody"),
    ],
)
def test_who_gets_a_flag_is_said_by_its_active_strategies(data: FlagsData, words: str) -> None:
    assert sorted(audience(flags(data), STREAM).split("; ")) == sorted(words.split("; "))


def test_nothing_is_said_of_a_parent_that_is_not_there() -> None:
    assert closed(flags(FlagsData().without("sse.allowed")), STREAM) == [
        f"{STREAM} depends on sse.allowed, which is off"
    ]
    assert closed(flags(FlagsData()), STREAM) == []
