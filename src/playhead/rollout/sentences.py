"""One sentence for people about each verdict, with the numbers that it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from playhead.rollout.counts import Counts
from playhead.rollout.plan import Line, Plan, Stage
from playhead.rollout.rule import CALM_PEOPLE
from playhead.rollout.verdict import HarmEvidence, Hold, Memory

HARMED = {
    "mute": "saw nothing new for 10 s",
    "never_established": "saw nothing within 5 s",
    "final_late": "saw the end more than 5 s late",
    "final_missing": "never saw the end",
    "page_error": "had an error on the page",
    "silent": "reported nothing",
    "fallback": "fell back to polling",
    "slow": "saw statuses more than 0.5 s late",
}
"""What happened to people with a harm."""
VALUES = {
    "loop_lag": "the event loop's delay (seconds, p99)",
    "errors": "the share of streaming requests answered with 5xx",
    "drops": "statuses that were given up because Redis did not take them, in a minute",
    "memory": "the share of the memory limit in use",
    "flags_age": "the time since the flags were last confirmed (seconds)",
}
"""What the lines of the servers are of."""
CAUSES = {
    "common_cause": "a fault in both arms",
    "sample_ratio": "the number of people in each arm",
    "no_data": "missing reports",
    "cap": "the time that it takes",
}
"""Why it may be held, where it is no harm and no line."""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences about one look. `is_dry_run`: nothing is done, and they say so."""

    plan: Plan
    stage_index: int
    counts: Counts
    baked_s: float
    is_dry_run: bool

    @property
    def _stage(self) -> Stage:
        return self.plan.stages[self.stage_index]

    def roll_back(self, one: HarmEvidence) -> str:
        """Because of a harm."""
        chance = self.plan.false_alarm
        under = "under equal quality" if one.log_relative is not None else "within that budget"
        return f"{self._rolled}: {self._compared(one)}; chance of that {under} below 1 in {1 / chance:,.0f}."

    def roll_back_line(self, line: Line) -> str:
        """Because of a line of the servers."""
        return f"{self._rolled}: {self._measured(line)}, for {line.looks} looks, and was not at first."

    def hold(self, hold: Hold, doubt: str | None, one: HarmEvidence | None, lacking: str | None, memory: Memory) -> str:
        """
        Args:
            doubt: why, at this look; None: the doubt of the hold has gone.
            one: the harm that it is about, if it is.
            lacking: what the next stage lacks.
        """
        if doubt is not None:
            found = f": {self._doubt(doubt, one, lacking)}"
        else:
            found = f" because of {_cause(hold.why)}"
            left = hold.people_then + CALM_PEOPLE - self.counts.stream.people
            if not memory.needs_person:
                more = f"{left:,} more streaming {'user has' if left == 1 else 'users have'} come without it"
                found += f", and goes on when {more}" if left > 0 else ", which has become less, but not enough yet"
        end = " Somebody must look at it, and resume." if memory.needs_person else ""
        return f"{'Would hold' if self.is_dry_run else 'Held'} at {self._stage.share}%{found}.{end}"

    def advance(self, harms: Sequence[HarmEvidence]) -> str:
        """`harms`: those that would roll back."""
        stream = self.counts.stream
        worst = max(harms, key=lambda one: (one.stream_harmed, one.upper), default=None)
        found = (
            "none of them harmed" if worst is None or not worst.stream_harmed else f"at worst {self._compared(worst)}"
        )
        return f"{self._advanced}: {stream.people:,} streaming users seen in {_time(self.baked_s)}, {found}."

    def wait(self, lacking: str) -> str:
        """What the next stage waits for."""
        return f"Waits at {self._stage.share}%: {self._lacking(lacking)}."

    @property
    def _rolled(self) -> str:
        return f"{'Would roll back' if self.is_dry_run else 'Rolled back'} from {self._stage.share}%"

    @property
    def _advanced(self) -> str:
        if self.stage_index + 1 == len(self.plan.stages):
            return f"{'Would finish' if self.is_dry_run else 'Finished'} at {self._stage.share}%"
        following = self.plan.stages[self.stage_index + 1].share
        return f"{'Would advance' if self.is_dry_run else 'Advanced'} from {self._stage.share}% to {following}%"

    def _compared(self, one: HarmEvidence) -> str:
        found = f"{one.stream_harmed:,} of {one.stream_people:,} streaming users {HARMED.get(one.id, one.id)}"
        if one.poll_people:
            return f"{found}, {one.poll_harmed:,} of {one.poll_people:,} polling users"
        budget = next((harm.budget for harm in self.plan.harms if harm.id == one.id), None)
        return found if budget is None else f"{found}, where {budget * 100:g}% are accepted"

    def _measured(self, line: Line) -> str:
        value = self.counts.server.get(line.id)
        measured = "not measured" if value is None else f"{value:.4g}"
        return f"{VALUES.get(line.id, line.id)} is {measured}, above {line.line:g}"

    def _doubt(self, why: str, one: HarmEvidence | None, lacking: str | None) -> str:
        stream, poll = self.counts.stream, self.counts.poll
        if one is not None:
            is_grave = one.roll_back_line is not None
            end = "too much for chance, too little to be certain" if is_grave else "more than is accepted"
            return f"{self._compared(one)}; {'both arms have it' if why == 'common_cause' else end}"
        if why == "sample_ratio":
            return (
                f"{stream.exposed:,} people stream and {poll.exposed:,} poll, which a share of "
                f"{self._stage.share}% does not explain; the comparison cannot be trusted"
            )
        if why == "no_data":
            asked = stream.silent_of + poll.silent_of
            return f"{asked:,} people were asked about, and reports stopped; see TELEMETRY, and what blocks /telemetry"
        if why == "cap" and lacking is not None:
            return f"watched for {_time(self.baked_s)} without proof, as {self._lacking(lacking)}"
        return self._measured(next(line for line in self.plan.server if line.id == why))

    def _lacking(self, lacking: str) -> str:
        stage, stream, poll = self._stage, self.counts.stream, self.counts.poll
        match lacking:
            case "no_people":
                return "nobody has come yet"
            case "people":
                return f"{stream.people:,} of {stage.people:,} streaming users have been seen"
            case "control":
                return f"{poll.people:,} polling users are too few to compare with"
            case "bake":
                return f"{_time(self.baked_s)} of {_time(stage.bake_s)} have been watched"
            case "margin":
                return (
                    f"with {stream.people:,} streaming users it is not yet shown that at most "
                    f"{stage.margin * 100:g}% more of them are harmed"
                )
        line = next(line for line in self.plan.server if line.id == lacking)
        return self._measured(line)


def _cause(why: str) -> str:
    return CAUSES.get(why) or VALUES.get(why) or f"users who {HARMED.get(why, why)}"


def _time(seconds: float) -> str:
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h".replace(".0 ", " ")
