"""A worker's child process, in which tasks run, follows Unleash: its gate was made after the fork."""

import sys
from pathlib import Path

from tests.support.flags_data import FlagsData
from tests.support.house import House
from tests.support.unleash import Unleash
from tests.support.waiting import until

WORKER = [sys.executable, "-m", "tests.integration.flags.telling_worker"]
USUAL_S, TUNED_S = "0.1", "0.05"


def test_a_task_sees_what_is_turned_while_its_process_runs(
    house: House, unleash: Unleash, settings: dict[str, str], tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    with house.worker(WORKER, **settings) as worker:

        def told() -> list[str]:
            """What a task of now says: its process, and for how long it joins updates."""
            answer.unlink(missing_ok=True)
            house.ends(house.upload(str(answer)))
            return answer.read_text().split()

        child, joins_s = told()
        assert (child == str(worker.pid), joins_s) == (False, USUAL_S)
        unleash.import_flags(FlagsData().tune('{"coalesce_ms": 50}').export)
        until(lambda: told() == [child, TUNED_S], "the same process says otherwise")
