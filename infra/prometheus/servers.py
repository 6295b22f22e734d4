"""Prepares a Prometheus and an Alertmanager on this machine: their configuration, and the commands that run them."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx

RULES = Path(__file__).parent / "playhead.rules.yml"
SETUP = Path(__file__).parents[1] / "setup" / "prometheus.sh"
ANSWER_S = 5.0
DEFAULT_EVERY = "15s"
"""Between two scrapes and two evaluations: four samples in the shortest window that a rule looks at, one minute."""


class Programs(NamedTuple):
    """The paths of the programs."""

    prometheus: str
    promtool: str
    alertmanager: str
    amtool: str


@dataclass(frozen=True)
class Server:
    """The address and the command of a server.

    Args:
        url: of its page.
        command: the command line.
    """

    url: str
    command: list[str]

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", trust_env=False, timeout=ANSWER_S).is_success
        except httpx.TransportError:
            return False


def programs(environ: Mapping[str, str] = os.environ, *, install: bool = False) -> Programs | None:
    """Finds the programs; None if one of them is missing.

    Args:
        environ: has the `PATH`.
        install: whether missing ones are installed, where that is possible, and a failure is printed.
    """
    command = ["bash", str(SETUP), *([] if install else ["--found"])]
    err = None if install else subprocess.DEVNULL
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=err, text=True, check=False)  # noqa: S603
    return None if done.returncode else Programs(*done.stdout.split("\n")[:4])


def prometheus(
    folder: Path,
    port: int,
    found: Programs,
    *,
    targets: Mapping[str, Sequence[str]],
    token: str = "",
    rules: Sequence[Path] = (),
    alertmanager: Server | None = None,
    every: str = DEFAULT_EVERY,
) -> Server:
    """Writes the configuration of a Prometheus.

    Args:
        folder: for the configuration, the token and the data; created if it is missing.
        port: on 127.0.0.1.
        found: the programs.
        targets: the addresses of the processes to read, by their kind, `web` or `worker`: each is a job.
        token: the site's `METRICS_TOKEN`.
        rules: files of rules.
        alertmanager: gets the alerts.
        every: the time between two scrapes and between two evaluations of the rules, such as `15s`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token_file = folder / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(token)
    read = {"authorization": {"credentials_file": str(token_file)}}
    jobs = [
        {"job_name": f"playhead-{kind}"} | read | {"static_configs": [{"targets": [*at]}]}
        for kind, at in targets.items()
    ]
    configuration: dict[str, Any] = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": jobs,
    }
    if alertmanager is not None:
        address = {"static_configs": [{"targets": [httpx.URL(alertmanager.url).netloc.decode()]}]}
        configuration["alerting"] = {"alertmanagers": [address]}
    options = [
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.console.templates={folder}",  # without a folder that exists, some builds do not start
        f"--web.console.libraries={folder}",
        "--log.level=warn",
    ]
    return _server(found.prometheus, folder / "prometheus.yml", configuration, port, options)


def alertmanager(folder: Path, port: int, found: Programs, configuration: Mapping[str, Any]) -> Server:
    """Writes the configuration of an Alertmanager, which forms no cluster. The arguments are those of `prometheus`."""
    folder.mkdir(parents=True, exist_ok=True)
    options = [f"--storage.path={folder / 'data'}", "--cluster.listen-address=", "--log.level=warn"]
    return _server(found.alertmanager, folder / "alertmanager.yml", configuration, port, options)


def _server(program: str, file: Path, configuration: Mapping[str, Any], port: int, options: Sequence[str]) -> Server:
    file.write_text(json.dumps(configuration, indent=2))  # which is YAML, too
    where = f"127.0.0.1:{port}"
    return Server(f"http://{where}", [program, f"--config.file={file}", f"--web.listen-address={where}", *options])
