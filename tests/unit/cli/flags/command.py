"""The command `playhead flags`, as a person types it."""

from click.testing import CliRunner, Result

from playhead.cli import main
from tests.support.flags_data import FlagsData

STREAM, ALLOWED = "sse.status-stream", "sse.allowed"
ADMINS = {"contextName": "admin", "operator": "IN", "values": ["true"]}


def flags(*words: str, typed: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["flags", *words], input=typed)


def strategyless(flag: str) -> FlagsData:
    """As a flag of Unleash's is in an environment that nobody brought it to."""
    data = FlagsData().turn(flag, on=False)
    strategies = data.export["featureStrategies"]
    strategies[:] = [one for one in strategies if one["featureName"] != flag]
    return data
