"""The dashboard: the pictures of `/admin/health`, over the same metrics and against the same objectives."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.grafana.graphs import MODES, PEOPLE, PROCESSES, TIMES, WORK
from infra.grafana.numbers import NUMBERS
from infra.grafana.panels import DATA_SOURCE, WIDTH, Panel, row

from playhead.metrics import catalog as metrics

SECTIONS: Mapping[str, Sequence[Panel]] = {
    "Is everybody well?": NUMBERS,
    "Who gets words how": MODES,
    "How soon": TIMES,
    "The work": WORK,
    "The processes": PROCESSES,
    "What people say": PEOPLE,
}


def dashboard() -> dict[str, Any]:
    """The document of the dashboard, as it is in `playhead.json`."""
    return {
        "uid": "playhead",
        "title": "Playhead",
        "description": "Whether people see their words in time, by which transport, and where not, why.",
        "tags": ["playhead"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_data_source(), _instance()]},
        "panels": _placed(SECTIONS),
    }


def _data_source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _instance() -> dict[str, Any]:
    query = f"label_values({metrics.PUBLISHED.full_name}_total, instance)"
    return {
        "name": "instance",
        "label": "Instance",
        "type": "query",
        "datasource": DATA_SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "instance"},
        "refresh": 2,  # with the time range: instances come and go
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "sort": 1,
    }


def _placed(sections: Mapping[str, Sequence[Panel]]) -> list[dict[str, Any]]:
    """The rows and panels from left to right, and down where a line is full."""
    documents: list[dict[str, Any]] = []
    y = 0
    for title, panels in sections.items():
        documents.append(row(title, len(documents) + 1, y))
        x, y = 0, y + 1
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + panel.height
            documents.append(panel.document(len(documents) + 1, x, y))
            x += panel.width
        y += panels[-1].height
    return documents


def queries(document: Mapping[str, Any]) -> list[str]:
    """All queries of a dashboard."""
    return [target["expr"] for panel in document["panels"] for target in panel.get("targets", [])]
