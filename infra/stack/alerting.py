"""Runs Prometheus and Alertmanager beside the stack, where they are installed: infra/prometheus has the rules."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from infra.prometheus import servers
from infra.prometheus.file import written
from infra.stack.ports import chosen_port

from playhead.config import Settings
from playhead.parent_death import bound_to_parent
from playhead.up.folder import free_port
from playhead.up.supervisor import Supervisor

PROMETHEUS_PORT, ALERTMANAGER_PORT = 9090, 9093
"""Their default ports, which their documentation names."""
STOP_TIMEOUT_S = 10.0
"""Prometheus writes what it has in memory before it ends."""
NOBODY = {"route": {"receiver": "nobody", "group_by": ["alertname"]}, "receivers": [{"name": "nobody"}]}
"""Alerts are on its page and go nowhere else: the site sends its own notices with `ALERT_WEBHOOK`."""
ABSENT = "There are no alerts of Prometheus: install prometheus and prometheus-alertmanager to have them"


@dataclass(frozen=True)
class Monitors:
    """The two servers.

    Args:
        found: their programs.
        ports: of Prometheus and of Alertmanager.
        metrics_token: with which Prometheus reads the site.
        worker_port: where it reads the worker.
    """

    found: servers.Programs
    ports: tuple[int, int]
    metrics_token: str
    worker_port: int

    @property
    def welcome(self) -> str:
        """Where a person finds them."""
        prometheus, alertmanager = (f"http://127.0.0.1:{port}" for port in self.ports)
        return f"Alerts are at {prometheus}/alerts, and those that fire at {alertmanager}"

    async def start(self, supervisor: Supervisor) -> None:
        """Starts both, and gives the site's processes the settings with which they can be read."""
        supervisor.environ |= {"METRICS_TOKEN": self.metrics_token, "WORKER_METRICS_PORT": str(self.worker_port)}
        data, host = supervisor.settings.data, supervisor.host
        manager = servers.alertmanager(data / "alertmanager", self.ports[1], self.found, NOBODY)
        await supervisor.start("alertmanager", bound_to_parent(manager.command), STOP_TIMEOUT_S, ready=manager.ready)
        rules = data / "playhead.rules.yml"
        rules.write_text(written(supervisor.url))
        server = servers.prometheus(
            data / "prometheus",
            self.ports[0],
            self.found,
            targets={"web": [f"{host}:{supervisor.settings.port}"], "worker": [f"{host}:{self.worker_port}"]},
            token=self.metrics_token,
            rules=[rules],
            alertmanager=manager,
        )
        await supervisor.start("prometheus", bound_to_parent(server.command), STOP_TIMEOUT_S, ready=server.ready)


def prepare(settings: Settings, environ: Mapping[str, str]) -> Monitors | None:
    """Chooses the ports and the token; None where a program is missing.

    Args:
        settings: of the site.
        environ: has the ports, and the `PATH` of the programs.

    Raises:
        ConfigError: PROMETHEUS_PORT or ALERTMANAGER_PORT cannot be used.
    """
    found = servers.programs(environ)
    if found is None:
        return None
    return Monitors(
        found,
        (
            chosen_port(environ, "PROMETHEUS_PORT", PROMETHEUS_PORT),
            chosen_port(environ, "ALERTMANAGER_PORT", ALERTMANAGER_PORT),
        ),
        settings.metrics_token or secrets.token_urlsafe(24),
        settings.worker_metrics_port or free_port(),
    )
