"""The examples of configurations are valid, and name the jobs and the alerts that there are."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from infra.prometheus.servers import RULES

from playhead.monitoring.alerts.conditions import NotScraped
from playhead.monitoring.alerts.table import BY_NAME, SCRAPES, Severity
from tests.support.prometheus import programs, promtool

PROMETHEUS, ALERTMANAGER = (RULES.with_name(f"{name}.yml") for name in ("prometheus", "alertmanager"))


def document(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def amtool(*arguments: str | Path) -> str:
    command = [programs().amtool, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_example_of_prometheus_reads_the_jobs_of_the_rules(tmp_path: Path) -> None:
    for file in (PROMETHEUS, RULES):
        shutil.copy(file, tmp_path)
    (tmp_path / "playhead-token").touch()
    code, printed = promtool("check", "config", tmp_path / PROMETHEUS.name)
    assert code == 0, printed
    jobs = {job["job_name"] for job in document(PROMETHEUS)["scrape_configs"]}
    assert jobs == {one.condition.job for one in SCRAPES if isinstance(one.condition, NotScraped)}


def test_example_of_alertmanager_sends_pages_apart_from_tickets() -> None:
    amtool("check-config", ALERTMANAGER)
    routed = {
        severity: amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", f"severity={severity}").strip()
        for severity in Severity
    }
    assert routed == {Severity.PAGE: "pages", Severity.TICKET: "tickets"}


def test_alerts_that_follow_from_others_are_in_the_table() -> None:
    rules = document(ALERTMANAGER)["inhibit_rules"]
    matchers = [one for rule in rules for side in ("source_matchers", "target_matchers") for one in rule[side]]
    names = {name for one in matchers for name in re.fullmatch(r'alertname =~? "(.+)"', one)[1].split("|")}  # type: ignore[index]
    assert names
    assert names <= BY_NAME.keys()
