from pathlib import Path

import pytest

from tests.support.flags_data import FlagsData
from tests.unit.cli.flags.command import ALLOWED, flags
from tests.unit.flags.admin_server import ENVIRONMENT, EXPORT, AdminServer, refusal


def test_the_file_of_the_settings_is_changed(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = FlagsData().save(tmp_path / "mine.json")
    monkeypatch.setenv("FLAGS_FILE", str(mine))
    assert flags("set", ALLOWED, "off").stderr == (
        f"In the file {mine}:\n"
        "The processes were not asked whether they obey: REDIS_URL is not set, and no playhead up runs on DATA_DIR.\n"
    )
    assert mine.read_bytes() == FlagsData().turn(ALLOWED, on=False).normal()
    assert not own.exists()


def test_server_needs_a_persons_token_not_that_of_the_processes(server: AdminServer) -> None:
    answer = flags("list")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("UNLEASH_ADMIN_TOKEN is not set: the server's flags need a personal access token")
    listed = flags("list", "--token", "user:me")
    assert listed.exit_code == 0, listed.output
    assert listed.stderr == f"In Unleash at {server.url}, environment development:\n"
    assert server.tokens == {"user:me"}


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({"UNLEASH_ENVIRONMENT": "production"}, "production"),
        ({"ENVIRONMENT": "production"}, "production"),
        ({"UNLEASH_API_TOKEN": "default:production.1234"}, "production"),
        ({"UNLEASH_API_TOKEN": "*:*.1234", "ENVIRONMENT": "production"}, "production"),
        ({"UNLEASH_API_TOKEN": "", "ENVIRONMENT": "production"}, "production"),
        ({"ENVIRONMENT": "production", "UNLEASH_ENVIRONMENT": "staging"}, "staging"),
        (
            {"ENVIRONMENT": "production", "UNLEASH_ENVIRONMENT": "qa", "UNLEASH_API_TOKEN": "default:qa.1234"},
            "qa",
        ),
    ],
)
def test_named_environment_is_asked_without_process_settings(
    server: AdminServer, own: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], environment: str
) -> None:
    monkeypatch.delenv("UNLEASH_ENVIRONMENT")
    monkeypatch.setenv("PORT", "none")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    server.answers[f"environments/{environment}"] = (200, "{}")
    answer = flags("list", "--token", "user:me")
    assert answer.stderr == f"In Unleash at {server.url}, environment {environment}:\n"
    assert server.asked[-1] == ("POST", EXPORT, {"project": "default", "environment": environment})
    assert list(own.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "UNLEASH_ENVIRONMENT is not set: "),
        ({"UNLEASH_API_TOKEN": "old-token-without-environment"}, "UNLEASH_ENVIRONMENT is not set: "),
        (
            {"UNLEASH_ENVIRONMENT": "production", "UNLEASH_API_TOKEN": "default:development.1234"},
            "UNLEASH_ENVIRONMENT is production, and UNLEASH_API_TOKEN is one for development: ",
        ),
        (
            {"ENVIRONMENT": "production", "UNLEASH_API_TOKEN": "default:development.1234"},
            "ENVIRONMENT is production, and UNLEASH_API_TOKEN is one for development: ",
        ),
    ],
)
def test_an_environment_is_never_guessed(
    server: AdminServer, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sentence: str
) -> None:
    monkeypatch.delenv("UNLEASH_ENVIRONMENT")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    answer = flags("set", ALLOWED, "off", "--token", "user:me")
    assert answer.exit_code == 2
    assert answer.stderr.startswith(sentence)
    assert server.asked == []


def test_set_changes_the_server(server: AdminServer) -> None:
    path = f"projects/default/features/{ALLOWED}/environments/development/off"
    server.answers[path] = (200, "")
    assert flags("set", ALLOWED, "off", "--token", "user:me").stdout == f"{ALLOWED}: on → off\n"
    assert server.asked[-1] == ("POST", path, None)


def test_a_refusal_and_an_outage_of_the_server_have_their_own_exit_codes(server: AdminServer) -> None:
    server.answers[ENVIRONMENT] = (401, refusal("You must log in"))
    refused = flags("list", "--token", "user:me")
    assert refused.exit_code == 2
    assert "does not know the token" in refused.stderr
    server.answers[ENVIRONMENT] = (503, "")
    away = flags("list", "--token", "user:me")
    assert away.exit_code == 3
    assert away.stderr.endswith("cannot be reached: it answers 503.\n")
