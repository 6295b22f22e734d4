"""Judges a run by the goals of its scenario: each is met, missed, or cannot be judged. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["met", "missed", "not judged"]

CONNECT_MS = 1000.0
UPDATE_MS = 100.0
ERRORS_PERCENT = 0.1
UPTIME_PERCENT = 99.5
MEMORY_PERCENT, MEMORY_VIEWERS = 10.0, 100
"""The project's technical success metrics. Of times the 99th percentile counts: one in a hundred may be slower."""
REQUESTS_PERCENT, BYTES_PERCENT = 95.0, 80.0
"""The same: how much less than polling a session takes."""
FINAL_MS = 2000.0
"""As the objective of finals in CONTRACT.md, §9."""
LATE_MS = 10_000.0
"""From there on an update counts as `mute`, a harm of CONTRACT.md, §9: the limit where the network is bad."""
BACK_S = 15.0
"""Until all are back after a restart: 3 s over which a drain spreads them, 2 s until it starts, and 1,000 streams
at 150 a second, half of what one core opens."""
OWN_DELAY_MS = 25.0
"""A quarter of the limit for updates: with a later generator a missed limit may be its own fault."""
REACHED_PERCENT = 95.0
"""The share of the planned updates that must have been published, else the load was another one."""
TIMES = frozenset({"connect", "update", "wait", "final", "late", "back_s", "memory"})
"""Goals whose limits get the slack of a run."""


@dataclass(frozen=True, slots=True)
class Check:
    """One goal and what was measured. `sentence` says what is wrong, or why it cannot be judged; empty if it is met."""

    name: str
    value: float | None
    limit: float
    unit: str
    state: State
    sentence: str = ""
    at_least: bool = False


def verdict(checks: list[Check]) -> State:
    """Returns the worst: a missed goal counts more than one that cannot be judged."""
    states = {check.state for check in checks}
    return "missed" if "missed" in states else "not judged" if "not judged" in states or not checks else "met"


def judged(
    found: Mapping[str, Any],
    goals: Mapping[str, float],
    *,
    forgiven: frozenset[str] = frozenset(),
    slack: float = 1.0,
) -> list[Check]:
    """Judges what a run found.

    Args:
        found: the numbers of `run`: those of the generator (`Records.summary`), and of the site.
        goals: limits by the name of the goal; a name is a key of `_GOALS`.
        forgiven: faults that the scenario itself makes, such as cut connections.
        slack: a factor for the limits of times and memory, for a machine that is too slow or busy for them.
    """
    checks = [_errors(found, goals["errors"], forgiven)] if "errors" in goals else []
    checks += [
        _GOALS[name](found, limit * slack if name in TIMES else limit)
        for name, limit in goals.items()
        if name != "errors"
    ]
    return [_load_reached(found, REACHED_PERCENT / slack), *checks]


def _load_reached(found: Mapping[str, Any], limit: float) -> Check:
    """Whether the load was what was planned, and the accounts were enough for it."""
    share = found.get("published_percent")
    if over := found["faults"].get("over_limit", 0):
        words = f"{over} requests were over the limit of one account (429): give the run more accounts."
        return Check("load", float(over), 0.0, "", "not judged", words)
    if share is not None and share < limit:
        words = f"Only {share:.0f} % of the planned updates could be published: this machine is too busy to judge."
        return Check("load", share, limit, "%", "not judged", words, at_least=True)
    return Check("load", share if share is not None else 100.0, limit, "%", "met", at_least=True)


def _errors(found: Mapping[str, Any], limit: float, forgiven: frozenset[str]) -> Check:
    faults = {k: n for k, n in found["faults"].items() if k not in forgiven and k != "over_limit" and n}
    requests = max(1, sum(n for name, n in found["counts"].items() if name.startswith("requests_")))
    value = 100.0 * sum(faults.values()) / requests
    if value < limit:
        return Check("errors", value, limit, "%", "met")
    listed = "; ".join(f"{n} × {found['examples'][kind]}" for kind, n in faults.items())
    return Check("errors", value, limit, "%", "missed", f"{value:.1f} % of {requests} requests failed: {listed}")


def _percentile(name: str, what: str, words: str) -> Any:
    def check(found: Mapping[str, Any], limit: float) -> Check:
        times = found["times"].get(what, {"n": 0})
        if not times["n"]:
            return Check(name, None, limit, "ms", "missed", f"Nobody {words}.")
        value = times["p99"]
        delay = found["times"].get("own_delay", {"n": 0})
        if value < limit:  # a late generator makes times longer, never shorter
            return Check(name, value, limit, "ms", "met")
        # Whatever it was late at most, the rest is the site's.
        if delay["n"] and delay["p99"] > OWN_DELAY_MS and value - delay["max"] < limit:
            late = f"the load generator itself was {delay['p99']:.0f} ms late (p99, limit {OWN_DELAY_MS:.0f})"
            return Check(name, value, limit, "ms", "not judged", f"{name}: {value:.0f} ms, but {late}: no judgement.")
        if found.get("clock_error_ms", 0.0) > limit / 2 and name == "update":
            far = f"the clock of the site is known to {found['clock_error_ms']:.0f} ms only"
            return Check(name, value, limit, "ms", "not judged", f"{name}: {value:.0f} ms, but {far}: no judgement.")
        return Check(name, value, limit, "ms", "missed", f"One in a hundred {words} in {value:.0f} ms or more.")

    return check


def _late(found: Mapping[str, Any], limit: float) -> Check:
    """The latest of all updates, however it came."""
    kinds = [times for what, times in found["times"].items() if what.startswith(("update_", "catch_up")) and times["n"]]
    if not kinds:
        return Check("late", None, limit, "ms", "missed", "Nobody got an update.")
    value = max(times["max"] for times in kinds)
    state: State = "met" if value < limit else "missed"
    return Check(
        "late", value, limit, "ms", state, "" if state == "met" else f"An update came {value / 1e3:.1f} s late."
    )


def _uptime(found: Mapping[str, Any], limit: float) -> Check:
    watched = found["streams"] * found["measured_s"]
    value = 100.0 * found["open_s"] / watched if watched else 0.0
    if value > limit:
        return Check("uptime", value, limit, "%", "met", at_least=True)
    return Check("uptime", value, limit, "%", "missed", f"Streams were open {value:.2f} % of the time.", at_least=True)


def _memory(found: Mapping[str, Any], limit: float) -> Check:
    value, viewers = found.get("memory_percent"), found["viewers"]
    if value is None:
        return Check("memory", None, limit, "%", "met", "Not measured: the processes of this site cannot be seen.")
    if value < limit or viewers > MEMORY_VIEWERS:
        return Check("memory", value, limit, "%", "met")
    return Check("memory", value, limit, "%", "missed", f"{viewers} viewers took {value:.1f} % more memory.")


def _count(name: str, key: str, words: str) -> Any:
    """A number of the site's or of the people's that must not be above the limit."""

    def check(found: Mapping[str, Any], limit: float) -> Check:
        value = float(found.get(key, found["counts"].get(key, 0)))
        if value <= limit:
            return Check(name, value, limit, "", "met")
        return Check(name, value, limit, "", "missed", words.format(value=value))

    return check


def _fewer(name: str, key: str, words: str) -> Any:
    """A saving in percent that must be reached."""

    def check(found: Mapping[str, Any], limit: float) -> Check:
        value = float(found[key])
        if value >= limit:
            return Check(name, value, limit, "%", "met", at_least=True)
        return Check(
            name, value, limit, "%", "missed", f"A stream takes only {value:.1f} % fewer {words}.", at_least=True
        )

    return check


_GOALS = {
    "connect": _percentile("connect", "connect", "got a stream"),
    "update": _percentile("update", "update_stream", "got an update by stream"),
    "wait": _percentile("wait", "update_wait", "got an update by a long poll"),
    "final": _percentile("final", "final_stream", "saw the end of a session by stream"),
    "late": _late,
    "uptime": _uptime,
    "memory": _memory,
    "lost": _count("lost", "lost", "{value:.0f} uploads were lost, or were not done when the run ended."),
    "behind": _count("behind", "behind", "{value:.0f} viewers had nothing new for 10 s in the end."),
    "requests": _fewer("requests", "fewer_requests_60s_percent", "requests than polling every 3 s"),
    "bytes": _fewer("bytes", "fewer_bytes_60s_percent", "bytes than polling every 3 s"),
    "absent": _count("absent", "absent", "{value:.0f} viewers had no stream when all should have one."),
    "back_s": _count("back_s", "back_s", "It took {value:.1f} s until everybody was back."),
}
