"""Panels as Grafana 10 has them in the file of a dashboard."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

WIDTH = 24
"""Columns of a dashboard."""
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GAP_FOR_NO_NUMBER = {"type": "special", "options": {"match": "nan", "result": {"text": "–"}}}
Steps = Sequence[tuple[float | None, str]]
"""From which value on which colour; the first has None."""


@dataclass(frozen=True, slots=True)
class Target:
    """A query, and the name of its lines; `{{label}}` in it is the label's value."""

    expression: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel.

    Args:
        title: what it shows, in a few words.
        text: what it means, for whoever looks at it for the first time.
        targets: its queries.
        unit: Grafana's name of the unit.
        kind: `timeseries`, or `stat` for one number.
        width: in columns; `height`: in rows of 30 px.
        steps: the values at which the colour changes: of the number, or of a line across the graph.
        stacked: whether the lines add up.
        decimals: of the numbers; None: as Grafana thinks.
    """

    title: str
    text: str
    targets: Sequence[Target]
    unit: str = "short"
    _: KW_ONLY
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    steps: Steps = ()
    stacked: bool = False
    decimals: int | None = None

    def document(self, number: int, x: int, y: int) -> dict[str, Any]:
        """The panel in the file, at a place of the dashboard."""
        is_stat = self.kind == "stat"
        options = STAT_OPTIONS if is_stat else GRAPH_OPTIONS
        custom = {} if is_stat else {"custom": _graph(self.stacked, bool(self.steps))}
        decimals = {} if self.decimals is None else {"decimals": self.decimals}
        defaults = {"unit": self.unit, "mappings": [GAP_FOR_NO_NUMBER], "thresholds": _thresholds(self.steps)}
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.text,
            "datasource": DATA_SOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults | decimals | custom, "overrides": []},
            "options": options,
            "targets": [_target(one, "ABCDEFGH"[index], is_stat) for index, one in enumerate(self.targets)],
        }


STAT_OPTIONS = {
    "colorMode": "value",
    "graphMode": "none",
    "justifyMode": "auto",
    "orientation": "auto",
    "textMode": "auto",
    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
}
GRAPH_OPTIONS = {
    "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
    "tooltip": {"mode": "multi", "sort": "desc"},
}


def row(title: str, number: int, y: int) -> dict[str, Any]:
    """A heading over the panels that follow."""
    place = {"x": 0, "y": y, "w": WIDTH, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _target(target: Target, letter: str, is_stat: bool) -> dict[str, Any]:
    found = {
        "refId": letter,
        "datasource": DATA_SOURCE,
        "expr": target.expression,
        "legendFormat": target.legend,
    }
    # One number of now: without this the whole range is asked for, a thousand times the work.
    return found | ({"instant": True, "range": False} if is_stat else {"range": True})


def _graph(stacked: bool, has_line: bool) -> dict[str, Any]:
    return {
        "lineWidth": 1,
        "fillOpacity": 30 if stacked else 0,
        "showPoints": "auto",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if has_line else "off"},
    }


def _thresholds(steps: Steps) -> dict[str, Any]:
    listed = [{"value": value, "color": color} for value, color in steps or ((None, "text"),)]
    return {"mode": "absolute", "steps": listed}
