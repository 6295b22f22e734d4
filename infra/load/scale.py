"""Makes the tables of `scale.md`: what a site for 100 to 1,000,000 viewers needs. `python -m infra.load.scale`.

They are calculated from what `make bench ONLY=scale` measured of one viewer, who follows a session of their own by a
stream. The session has a new status as often as a worker publishes it: the most that a viewer can ask of every part.
"""

import math
import sys
from collections.abc import Iterator

from infra.load.axes import number
from infra.load.deploys import Deploy, deploy, evenly, to_the_emptiest
from infra.load.people.tables import replaced, table
from infra.load.sizing import Costs, first_met, limits, needs, percent
from infra.load.stored import Kept, newest
from infra.load.table import PRODUCT

SIZES = tuple(10**power for power in range(2, 7))


def costs_table(costs: Costs) -> str:
    rows: list[tuple[str, ...]] = [
        ("of one viewer", "web process", "Redis", "PostgreSQL", "transactions"),
        (
            "to open a stream",
            *(f"{number(us)} µs" for us in (costs.open_web_us, costs.open_redis_us, costs.open_database_us)),
            number(costs.open_transactions),
        ),
        (
            "to keep it for a minute",
            *(f"{number(us)} µs" for us in (costs.minute_web_us, costs.minute_redis_us, costs.minute_database_us)),
            number(costs.minute_transactions),
        ),
        (
            "an update",
            f"{number(costs.update_web_us)} µs",
            f"{number(costs.publish_redis_us)} µs, and {number(costs.listener_redis_us)} for each process that listens",
            f"{number(costs.commit_database_us)} µs",
            "1",
        ),
        (
            "memory",
            f"{number(costs.stream_web_kb)} kB, and {number(costs.socket_kernel_kb)} kB in the kernel",
            f"{number(costs.stream_redis_bytes)} B",
            "",
            "",
        ),
    ]
    return table(rows)


def needs_table(costs: Costs) -> str:
    rows: list[tuple[str, ...]] = [
        ("viewers", "first limit met", "web processes", "machines", "memory, and in the kernel", "sent to viewers")
    ]
    known = limits(costs)
    for viewers, beyond in zip(SIZES, (0, *SIZES), strict=False):
        need, limit = needs(costs, viewers), first_met(known, viewers, beyond)
        rows.append(
            (
                f"{viewers:,}",
                "none" if limit is None else limit.what,
                f"{need.processes:,}",
                f"{need.machines:,}",
                f"{_gb(need.memory_gb)}, {_gb(need.kernel_gb)}",
                f"{number(need.out_mbit_s)} Mbit/s",
            )
        )
    return table(rows)


def stores_table(costs: Costs) -> str:
    rows: list[tuple[str, ...]] = [
        (
            *("viewers", "publishes and commits/s", "Redis", "in and out", "channels and their memory"),
            *("reads of the database/s", "PostgreSQL"),
        )
    ]
    for viewers in SIZES:
        need = needs(costs, viewers)
        rows.append(
            (
                f"{viewers:,}",
                number(need.publishes_per_s),
                _cores(need.redis_cores),
                f"{number(need.redis_in_mbit_s)}, {number(need.redis_out_mbit_s)} Mbit/s",
                f"{viewers:,}, {_gb(need.redis_gb)}",
                number(need.reads_per_s),
                _cores(need.database_cores),
            )
        )
    return table(rows)


def limits_table(costs: Costs) -> str:
    rows: list[tuple[str, ...]] = [("at viewers", "limit", "what then")]
    return table([*rows, *((f"{limit.viewers:,}", limit.what, limit.then) for limit in limits(costs))])


def deploys_table(costs: Costs) -> str:
    rows: list[tuple[str, ...]] = [
        (
            *(
                "viewers",
                "all processes at once",
                "one at a time, to the emptiest",
                "a tenth at a time, to the emptiest",
            ),
            "one at a time, in turns, and the fullest process",
        )
    ]
    for viewers in SIZES:
        processes = needs(costs, viewers).processes
        ways = (
            deploy(costs, viewers, to_the_emptiest, processes),
            deploy(costs, viewers, to_the_emptiest),
            deploy(costs, viewers, to_the_emptiest, math.ceil(processes / 10)),
            deploy(costs, viewers, evenly),
        )
        rows.append((f"{viewers:,}", *map(_deploy, ways[:-1]), f"{_deploy(ways[-1])}, {ways[-1].fullest:,}"))
    return table(rows)


def _deploy(found: Deploy) -> str:
    moves = f", {found.moves:.1f} moves" if found.moves > 1 else ""
    return f"{_time(found.absent_s)} / {_time(found.whole_s)}{moves}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _gb(gb: float) -> str:
    units = (("GB", 1.0), ("MB", 1e-3), ("kB", 1e-6))
    unit, size = next((found for found in units if gb >= found[1]), units[-1])
    return f"{number(gb / size)} {unit}"


def _cores(cores: float) -> str:
    return f"{percent(cores)} of a core" if cores < 1 else f"{number(cores)} cores"


TABLES = {
    "costs": costs_table,
    "needs": needs_table,
    "stores": stores_table,
    "limits": limits_table,
    "deploys": deploys_table,
}


def tables(kept: Kept) -> Iterator[tuple[str, str]]:
    costs = Costs.of(kept.rows[PRODUCT])
    for mark, make in TABLES.items():
        yield mark, make(costs)


def written(page: str, kept: Kept) -> str:
    """Returns the page with its tables."""
    for mark, made in tables(kept):
        page = replaced(page, mark, made)
    opened = f"64 at a time, {kept.axes['connects_per_s']:,.0f} streams a second were opened"
    said = (
        f"Measured on {kept.at[:10]}, on two cores of an {kept.processor}, of which the web process had one: {opened}."
    )
    return replaced(page, "measured", said)


def main() -> None:
    for mark, made in tables(newest()["scale"]):
        sys.stdout.write(f"{mark}\n\n{made}\n\n")


if __name__ == "__main__":
    main()
