from collections.abc import Callable
from datetime import date

import pytest

from playhead.flags.administration.check import problems
from playhead.flags.file.location import default_file
from tests.support.flags_data import FlagsData

TODAY = date(2026, 11, 24)
STREAM, ALLOWED, TUNING = "sse.status-stream", "sse.allowed", "sse.tuning"
WRONG_PAYLOAD = f"{TUNING}: the payload of the variant tuned is wrong, and the settings stay in force"


def test_the_delivered_file_has_no_problem() -> None:
    assert problems(default_file().read_bytes(), TODAY) == []


def depends(**keys: object) -> FlagsData:
    data = FlagsData()
    data.export["dependencies"][0]["dependencies"][0].update(keys)
    return data


def listed_twice() -> FlagsData:
    data = FlagsData()
    data.export["features"].append(data.export["features"][0])
    return data


def without_a_switch() -> FlagsData:
    data = FlagsData()
    switches = data.export["featureEnvironments"]
    switches[:] = [one for one in switches if one["featureName"] != STREAM]
    return data


def unlisted() -> FlagsData:
    return FlagsData().tag("old.flag", "owner", "delivery")


def unknown() -> FlagsData:
    data = FlagsData().add_strategy(TUNING, 100, featureName="new.flag")
    data.export["features"].append(dict(data.export["features"][3], name="new.flag"))
    data.export["featureEnvironments"].append(dict(data.export["featureEnvironments"][3], featureName="new.flag"))
    return (
        data.tag("new.flag", "owner", "us")
        .tag("new.flag", "since", "2026-11-24")
        .tag("new.flag", "remove-by", "2027-01-01")
    )


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (unknown, "new.flag: unknown to the code."),
        (lambda: FlagsData().without(TUNING), f"{TUNING}: the code asks for it, and it is not in the file."),
        (listed_twice, "live-transcript: listed twice."),
        (unlisted, "old.flag: something is said of it, and it is not among the features."),
        (lambda: FlagsData().tag(STREAM, "owner"), f"{STREAM}: has no owner (a tag)."),
        (lambda: FlagsData().set_feature(STREAM, description=None), f"{STREAM}: has no purpose (its description)."),
        (lambda: FlagsData().set_feature(TUNING, type="funny"), f"{TUNING}: funny is no type of Unleash's."),
        (lambda: FlagsData().tag(STREAM, "since"), f"{STREAM}: needs one tag since, a day."),
        (lambda: FlagsData().tag(STREAM, "since", "2026-11-25"), f"{STREAM}: is not born yet, since 2026-11-25."),
        (lambda: FlagsData().tag(STREAM, "remove-by"), f"{STREAM}: needs one tag remove-by, a day."),
        (
            lambda: FlagsData().tag(STREAM, "remove-by", "2027-01-01", "2028-01-01"),
            f"{STREAM}: needs one tag remove-by, a day.",
        ),
        (
            lambda: FlagsData().tag(STREAM, "remove-by", "next spring"),
            f"{STREAM}: the tag remove-by is not a day like 2026-11-23: next spring.",
        ),
        (
            lambda: FlagsData().tag(STREAM, "remove-by", "2026-11-23"),
            f"{STREAM}: was to be removed by 2026-11-23: remove it, or renew the day with a reason.",
        ),
        (without_a_switch, f"{STREAM}: needs one entry among the featureEnvironments, its switch."),
        (
            lambda: FlagsData().set_feature(STREAM, impressionData=True),
            f"{STREAM}: has impression data on, whose events crowd out the news that a flag changed.",
        ),
        (
            lambda: FlagsData().set_feature(STREAM, archived=True),
            f"{STREAM}: is archived, so nobody gets it: take it out of the file.",
        ),
        (
            lambda: FlagsData().strategy(STREAM, disabled=True),
            f"{STREAM}: has no active strategy, so it cannot be turned on.",
        ),
        (
            lambda: depends(enabled=False),
            f"{STREAM}: depends on {ALLOWED} being off, which not every part of Unleash understands.",
        ),
        (lambda: depends(feature="gone"), f"{STREAM}: depends on gone, which is not in the file."),
        (
            lambda: FlagsData().set_feature(STREAM, project=""),
            f"{STREAM}: needs a project, or Unleash drops what it depends on.",
        ),
        (
            lambda: FlagsData().add_strategy(TUNING, 5),
            f"{TUNING}: several strategies have variants, and Unleash does not keep their order.",
        ),
        (
            lambda: FlagsData().roll_out(STREAM, 101),
            f"{STREAM}: the rollout must be a whole number from 0 to 100, not 101.",
        ),
        (
            lambda: FlagsData().strategy(STREAM, parameters={"stickiness": "userId"}),
            f"{STREAM}: the rollout must be a whole number from 0 to 100, not nothing.",
        ),
        (
            lambda: FlagsData().strategy(STREAM, parameters={"rollout": "25", "stickiness": "random"}),
            f"{STREAM}: must be sticky by userId, not random: a person would change sides.",
        ),
        (
            lambda: FlagsData().tune('{"heartbeat_s": 0}'),
            f"{WRONG_PAYLOAD}: Expected `float` >= 1.0 - at `$.heartbeat_s`.",
        ),
        (
            lambda: FlagsData().strategy(STREAM, segments=[3]),
            f"The file cannot be used: an export does not say what a segment is, use constraints: {STREAM}.",
        ),
    ],
)
def test_each_rule_is_held(broken: Callable[[], FlagsData], problem: str) -> None:
    assert problems(broken().text().encode(), TODAY) == [problem]


def test_every_problem_is_named_at_once() -> None:
    data = FlagsData().tag(STREAM, "owner").tag(ALLOWED, "owner").tune("[]")
    assert len(problems(data.text().encode(), TODAY)) == 3


def test_what_the_engine_does_not_understand_is_a_problem() -> None:
    data = FlagsData().strategy(STREAM, name="flexibleRollout", variants=[{"name": "a", "weight": 2**40}])
    (problem,) = problems(data.text().encode(), TODAY)
    assert problem == "The file cannot be used: the flag engine does not understand it."
