"""Writes times as Prometheus has them, all of them shorter by a factor in tests."""

from dataclasses import dataclass

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
"""In milliseconds, the shortest time of Prometheus."""


@dataclass(frozen=True, slots=True)
class Times:
    """Writes times.

    Args:
        scale: how many times shorter than they are.
    """

    scale: float = 1.0

    def text(self, seconds: float) -> str:
        """A time in the largest unit of which it is a multiple."""
        length = round(seconds * 1000 / self.scale)
        unit, size = next((unit, size) for unit, size in UNITS if length % size == 0)
        return f"{length // size}{unit}"


AS_THEY_ARE = Times()
