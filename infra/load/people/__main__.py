"""Load tests with a verdict: simulated people on a site, judged by fixed goals. `make load`; README.md describes each.

The exit code is 0 if every goal is met, 1 if one is missed, 2 if a run cannot be judged or could not be made, and 130
if it was interrupted.
"""

import argparse
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from infra.load import turns
from infra.load.people import judge, report, tables
from infra.load.people.driven import Driven, generator
from infra.load.people.scenarios import SCENARIOS, Scenario
from infra.load.people.site import LocalSite, Site, local_site, remote_site
from infra.load.rig import rig
from infra.proxies.behavior import BEHAVIORS
from infra.proxies.proxy import proxy

from playhead import log

CODES = {"met": 0, "missed": 1, "not judged": 2}
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 128 + signal.SIGINT
"""The exit code, as of a shell."""
POSTGRES = "PostgreSQL"
SIZES = ("viewers", "seconds", "pace", "idle_s")
SPARE = 5
"""People beyond those who watch and who upload: those who warm the site up."""


def main(given: Sequence[str], *, people: Driven | None = None, site: LocalSite | None = None) -> int:
    """Runs the scenarios that are asked for, and returns the exit code.

    Args:
        given: the arguments of the command.
        people: a generator that runs already.
        site: a site that runs already, instead of one for each scenario.
    """
    chosen = _arguments(given)
    scenarios = {name: _sized(SCENARIOS[name], chosen) for name in chosen.scenarios}
    outcomes: dict[str, judge.State] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="playhead-load-")))
        people = people or stack.enter_context(generator(folder))
        if chosen.ui:
            people.ask("ui", port=chosen.ui)
            report.say(f"Locust's own page, while people are there: http://127.0.0.1:{chosen.ui}")
        for name, scenario in scenarios.items():
            size = scenario.size
            other = f"; here {size.viewers}, for {size.seconds:g} s" if size != SCENARIOS[name].size else ""
            report.say(f"{name}: {scenario.what}{other}")
            try:
                outcomes[name] = _judged(name, scenario, chosen, people, site, folder)
            except ValueError as error:
                report.say(f"  not run: {error}")
                outcomes[name] = "not judged"
            except Exception:  # noqa: BLE001 - the other scenarios are still run
                traceback.print_exc()
                outcomes[name] = "not judged"
                people.ask("stop")
    if chosen.keep:
        tables.write()
    report.say("")
    for name, state in outcomes.items():
        report.say(f"{name:18}{report.WORDS[state]}")
    return CODES[worst(outcomes.values())]


def worst(states: Iterable[judge.State]) -> judge.State:
    found = set(states)
    return "missed" if "missed" in found else "not judged" if "not judged" in found else "met"


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.load.people", description=__doc__)
    short = [name for name, scenario in SCENARIOS.items() if scenario.short]
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; without a name: {', '.join(short)}")
    parser.add_argument("--url", help="a site that runs already, instead of one that is started here")
    parser.add_argument("--accounts", type=Path, help="a file with an API token of that site on each line")
    parser.add_argument("--through", choices=BEHAVIORS, help="a bad proxy before the site that is started here")
    parser.add_argument("--database", choices=("SQLite", POSTGRES), default="SQLite", help="of the site started here")
    parser.add_argument("--viewers", type=int, help="people, instead of the scenario's number")
    parser.add_argument("--seconds", type=float, help="measured seconds, instead of the scenario's")
    parser.add_argument("--pace", type=float, help="of the sessions, in times of a worker's")
    parser.add_argument("--idle", dest="idle_s", type=float, help="seconds without viewers before memory is measured")
    parser.add_argument("--slack", type=float, default=1.0, help="a factor for limits, for a slow or busy machine")
    parser.add_argument("--ui", type=int, metavar="PORT", help="show Locust's own page at this port of this machine")
    parser.add_argument("--keep", action="store_true", help="keep the results, and write the tables of the READMEs")
    chosen = parser.parse_args(given)
    chosen.scenarios = chosen.scenarios or [name for name in short if not chosen.url or SCENARIOS[name].remote]
    if wrong := [name for name in chosen.scenarios if name not in SCENARIOS]:
        parser.error(f"there is no scenario {', '.join(wrong)}; choose from {', '.join(SCENARIOS)}")
    if bool(chosen.url) != bool(chosen.accounts):
        parser.error("--url and --accounts go together")
    if chosen.url and chosen.through:
        parser.error("--through is for a site that is started here")
    if chosen.url and (local := [name for name in chosen.scenarios if not SCENARIOS[name].remote]):
        parser.error(f"{', '.join(local)} cannot run with --url: it needs a site that is started here")
    is_own = any(getattr(chosen, name) is not None for name in SIZES)
    if chosen.keep and (is_own or chosen.slack != 1.0 or chosen.through or chosen.url):
        parser.error(
            "--keep is for a site that is started here, in a scenario's own size, without --slack or --through"
        )
    return chosen


def _sized(scenario: Scenario, chosen: argparse.Namespace) -> Scenario:
    given = {name: value for name in SIZES if (value := getattr(chosen, name)) is not None}
    return replace(scenario, size=replace(scenario.size, **given))


def _judged(
    name: str, scenario: Scenario, chosen: argparse.Namespace, people: Driven, site: LocalSite | None, folder: Path
) -> judge.State:
    """Runs a scenario on a site of its own: memory is measured on a process that served nobody before."""
    busy = report.Busy.now()
    if chosen.url:
        return _shown(_found(scenario, remote_site(chosen.url, chosen.accounts), people), scenario, chosen.slack)[1]
    with tempfile.TemporaryDirectory(dir=folder) as own, rig(Path(own)) as made:
        if scenario.bench is not None:
            found = scenario.bench(made, scenario.size)
        else:
            with ExitStack() as stack:
                database = stack.enter_context(_postgres(folder, Path(own))) if chosen.database == POSTGRES else ""
                started = local_site(made, people=2 * scenario.size.viewers + SPARE, database=database)
                running = stack.enter_context(nullcontext(site) if site else started)
                stack.enter_context(_way(running, chosen.through))
                found = _found(scenario, running, people)
        checks, state = _shown(found, scenario, chosen.slack)
        if chosen.keep:
            report.store(name, chosen.database, scenario, found, checks, busy, made)
        return state


def _found(scenario: Scenario, site: Site, people: Driven) -> report.Found:
    assert scenario.course is not None
    return scenario.course(site, people, scenario.size)


def _shown(found: report.Found, scenario: Scenario, slack: float) -> tuple[list[judge.Check], judge.State]:
    checks = judge.judged(found, scenario.goals, forgiven=scenario.forgiven, slack=slack)
    report.show(found, checks)
    return checks, judge.verdict(checks)


def _postgres(*folders: Path) -> AbstractContextManager[str]:
    """Runs a PostgreSQL in the last of these folders; for root, it runs as another user."""
    for folder in folders:
        folder.chmod(0o755)
    return turns.server(folders[-1], durable=True)


@contextmanager
def _way(site: LocalSite, manner: str | None) -> Iterator[None]:
    """Puts a proxy of this manner before the site."""
    if manner is None:
        yield
        return
    with proxy(site.port, manner) as way:
        site.way = way.port
        yield
    site.way = None


def _interrupt(*_: object) -> None:
    """Interrupts the run, once: the next signal would interrupt the ending of the processes that were started."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for ending in ENDINGS:
        signal.signal(ending, _interrupt)
    log.configure("console", "ERROR")
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        report.say("Interrupted: what it started is ended, and nothing more is judged or kept.")
        code = INTERRUPTED
    sys.exit(code)
