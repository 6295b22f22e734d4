"""The axes of a load: what was loaded how much. Results of two runs compare only where these are alike."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """The load on one server, at its highest. Each scenario states its own; people of a load test are measured.

    Args:
        sockets: connections that are open at once.
        connects_per_s: connections that are opened, each with a request; 0: none while it is measured.
        subscriptions_a_socket: topics that one connection follows.
        churn_per_s: streams that end and are opened again.
        fan_out: connections that get each update.
        payload_bytes: of one update's document.
        slow_percent: the share of readers that are slow, or read nothing.
    """

    sockets: float
    connects_per_s: float = 0.0
    subscriptions_a_socket: float = 1.0
    churn_per_s: float = 0.0
    publishes_per_s: float = 0.0
    fan_out: float = 1.0
    payload_bytes: float = 0.0
    slow_percent: float = 0.0

    def measured(self, row: Mapping[str, float | str]) -> "Axes":
        """The same with the axes that a scenario has measured: metrics of their names."""
        found = {field.name: row[field.name] for field in fields(self) if field.name in row}
        return replace(self, **{name: value for name, value in found.items() if not isinstance(value, str)})


COLUMNS = {
    "sockets": "sockets",
    "connects_per_s": "connects/s",
    "subscriptions_a_socket": "subscriptions a socket",
    "churn_per_s": "churn/s",
    "publishes_per_s": "publishes/s",
    "fan_out": "fan-out",
    "payload_bytes": "payload",
    "slow_percent": "slow",
}
"""The titles of the columns in tables."""
UNITS = {"payload_bytes": " B", "slow_percent": " %"}


def cells(axes: Mapping[str, float]) -> list[str]:
    """The cells of a row, in the order of `COLUMNS`; a payload of nothing is left out."""
    return [
        "" if name == "payload_bytes" and not axes[name] else f"{number(axes[name])}{UNITS.get(name, '')}"
        for name in COLUMNS
    ]


def number(found: float) -> str:
    """Formats a number with three digits, and thousands with commas."""
    if found and abs(found) < 100 and found != int(found):
        return f"{found:.3g}"
    return f"{found:,.0f}"
