"""Settings come from the environment, a wrong one stops the start with one sentence, and secrets are masked."""

from pathlib import Path

import pytest

from playhead.config import Settings, load
from playhead.errors import ConfigError


def test_every_setting_has_a_default_for_a_new_machine(tmp_path: Path) -> None:
    settings = load({"DATA_DIR": str(tmp_path)})
    assert settings.database == f"sqlite:///{tmp_path}/playhead.db"
    assert settings.storage == tmp_path.joinpath("audio").as_uri()
    assert settings.broker == settings.status_redis == settings.redis_url
    assert not settings.secure


def test_secret_of_a_data_folder_is_created_once_for_its_owner(tmp_path: Path) -> None:
    first = load({"DATA_DIR": str(tmp_path)}).secret_key
    assert load({"DATA_DIR": str(tmp_path)}).secret_key == first
    assert len(first) > 40
    assert tmp_path.joinpath("secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PORT": "eighty"}, "The setting PORT is wrong: Expected `int`, got `str`."),
        ({"PORT": "70000"}, "The setting PORT is wrong: Expected `int` <= 65535."),
        ({"LOG_FORMAT": "xml"}, "The setting LOG_FORMAT is wrong: Invalid enum value 'xml'."),
        ({"HEARTBEAT_S": "0"}, "The setting HEARTBEAT_S is wrong: Expected `float` > 0.0."),
        ({"ENVIRONMENT": "production"}, "SECRET_KEY is not set: production needs one, the same for every process."),
        (
            {"ENVIRONMENT": "production", "SECRET_KEY": 31 * "s"},
            "SECRET_KEY is too short: production needs 32 random characters or more.",
        ),
        ({"UNLEASH_URL": "http://x"}, "UNLEASH_URL and UNLEASH_API_TOKEN go together: set both or none."),
        (
            {"DATABASE_URL": "mysql://u:p@host/db"},
            "The setting DATABASE_URL is wrong: it must begin with one of postgresql://, postgres://, sqlite://.",
        ),
        (
            {"REDIS_URL": "foo"},
            "The setting REDIS_URL is wrong: it must begin with one of redis://, rediss://, unix://.",
        ),
        (
            {"CELERY_BROKER_URL": "amqp://host"},
            (
                "The setting CELERY_BROKER_URL is wrong: it must begin with one of"
                " redis://, rediss://, unix://, redis+socket://."
            ),
        ),
        ({"PORT": " 80 "}, "The setting PORT is wrong: there are quotes or spaces around its value: write PORT=80."),
        (
            {"REDIS_URL": "'redis://:secret@host'"},
            "The setting REDIS_URL is wrong: there are quotes or spaces around its value.",
        ),
        ({"DATA_DIR": "/dev/null/x"}, "The data folder /dev/null/x cannot be used: Not a directory."),
    ],
)
def test_wrong_value_is_reported_in_one_sentence(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({"DATA_DIR": str(tmp_path)} | environ)
    assert str(refused.value) == sentence


def test_on_render_production_over_tls_is_the_default() -> None:
    settings = load({"RENDER": "true", "RENDER_EXTERNAL_URL": "https://x.onrender.com", "SECRET_KEY": 32 * "s"})
    assert (settings.environment, settings.host, settings.secure) == ("production", "0.0.0.0", True)
    assert settings.unleash_environment == "production"


def test_secrets_and_passwords_are_masked() -> None:
    shown = Settings(secret_key="hush", redis_url="redis://:hush@host:1/0", unleash_api_token="hush").masked()
    assert "hush" not in str(shown)
    assert shown["REDIS_URL"] == "redis://***@host:1/0"
    assert shown["PORT"] == 8000


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("file:///data/audio", "file:///data/audio"),
        ("s3://bucket/a?region=eu&endpoint=https://x", "s3://bucket/a?region=eu&endpoint=https://x"),
        (
            "s3://bucket?region=eu&secret_access_key=hush&access_key_id=hush",
            "s3://bucket?region=eu&secret_access_key=***&access_key_id=***",
        ),
        ("s3://bucket?hush", "s3://bucket?***"),
        ("s3://bucket?token=a@hush", "s3://***"),
        ("s3://hu@hush@host/0?db=1", "s3://***@host/0?db=1"),
        ("s3://:hu?hush@host/0", "s3://***"),
    ],
)
def test_possible_secret_in_a_url_is_masked(url: str, shown: str) -> None:
    assert Settings(storage_url=url).masked()["STORAGE_URL"] == shown
