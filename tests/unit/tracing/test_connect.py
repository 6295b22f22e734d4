"""Traces are sent where the standard variables say so, and what is missing for that is said at the start."""

import pytest

from playhead.config import load
from playhead.errors import ConfigError
from playhead.metrics.metrics import Metrics
from playhead.tracing.connect import check, is_installed, open_web, open_worker

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
COLLECTOR = {ENDPOINT: "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param(COLLECTOR, "http://127.0.0.1:4318/v1/traces", id="the base"),
        pytest.param(
            {ENDPOINT: "https://o.example/otlp/"}, "https://o.example/otlp/v1/traces", id="a base with a path"
        ),
        pytest.param(COLLECTOR | {TRACES: "http://t.example/x"}, "http://t.example/x", id="the whole URL"),
        pytest.param(COLLECTOR | {"OTEL_SDK_DISABLED": "True"}, "", id="disabled"),
        pytest.param(COLLECTOR | {"OTEL_SDK_DISABLED": "false"}, "http://127.0.0.1:4318/v1/traces", id="not disabled"),
        pytest.param(COLLECTOR | {"OTEL_TRACES_EXPORTER": "none"}, "", id="no exporter"),
        pytest.param({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "", id="a protocol without an endpoint"),
    ],
)
def test_url_follows_from_the_standard_variables(variables: dict[str, str], url: str, tmp_path: object) -> None:
    assert load(variables | {"DATA_DIR": str(tmp_path)}).traces_url == url


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param(
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is wrong: .*4318", id="gRPC"
        ),
        pytest.param({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "TRACES_PROTOCOL is wrong", id="JSON"),
        pytest.param(
            {"OTEL_TRACES_EXPORTER": "console"}, "OTEL_TRACES_EXPORTER is wrong: it is otlp or none", id="exporter"
        ),
        pytest.param({ENDPOINT: "localhost:4318"}, "must begin with one of http://, https://", id="no URL"),
    ],
)
def test_way_that_is_not_there_stops_the_start(variables: dict[str, str], words: str, tmp_path: object) -> None:
    with pytest.raises(ConfigError, match=words):
        load(COLLECTOR | variables | {"DATA_DIR": str(tmp_path)})


def test_password_of_the_collector_is_masked(tmp_path: object) -> None:
    settings = load({ENDPOINT: "https://me:secret@o.example", "DATA_DIR": str(tmp_path)})
    assert "secret" not in str(settings.masked())


def test_missing_extra_stops_the_start_with_what_to_install(tmp_path: object) -> None:
    settings = load(COLLECTOR | {"DATA_DIR": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"Install playhead\[otel\]"):
        check(settings, is_installed=lambda: False)


def test_without_a_collector_nothing_is_needed_or_opened(tmp_path: object) -> None:
    settings = load({"DATA_DIR": str(tmp_path)})
    check(settings, is_installed=lambda: False)
    assert (open_web(settings, Metrics()), open_worker(settings, Metrics())) == (None, None)


def test_packages_of_the_extra_are_found() -> None:
    assert is_installed()


def test_wrong_setting_of_the_sdk_stops_the_start(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20")
    with pytest.raises(ConfigError, match=r"A setting of OpenTelemetry is wrong: .*max_export_batch_size"):
        open_web(load(COLLECTOR | {"DATA_DIR": str(tmp_path)}), Metrics())
