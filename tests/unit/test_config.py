"""Settings come from the environment, a wrong one stops the start with one sentence, and secrets are masked."""

from pathlib import Path

import pytest

from playhead.config import SECRETS, Settings, load
from playhead.errors import ConfigError

WEBHOOK = "The setting ROLLOUT_WEBHOOK is wrong: "
URL_LETTERS = "a URL has no spaces, quotes or control characters, and only ASCII."
SECURE = "it must begin with https://, or with http:// and an address of this machine."


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
            {"UNLEASH_ADMIN_TOKEN": "user:…"},
            "UNLEASH_ADMIN_TOKEN is wrong: it holds characters that no token has. Copy it once more.",
        ),
        ({"ROLLOUT_WEBHOOK": "https://chat.example.org/hush here"}, WEBHOOK + URL_LETTERS),
        ({"ROLLOUT_WEBHOOK": "'https://chat.example.org/hush'"}, WEBHOOK + URL_LETTERS),
        ({"ROLLOUT_WEBHOOK": "http://chat.example.org/hush"}, WEBHOOK + SECURE),
        ({"ROLLOUT_WEBHOOK": "https:///hush"}, WEBHOOK + SECURE),
        ({"ROLLOUT_WEBHOOK": "chat.example.org/hush"}, WEBHOOK + SECURE),
        ({"ROLLOUT_WEBHOOK": "https://chat.example.org:hush/"}, f"{WEBHOOK}it is no URL."),
        ({"ALERT_WEBHOOK": "http://chat.example.org/hush"}, f"The setting ALERT_WEBHOOK is wrong: {SECURE}"),
        (
            {"WEBHOOK_SECRET": "whsec_aHVzaA=="},
            "The setting WEBHOOK_SECRET is wrong: its key has 4 bytes, and needs 24 to 64.",
        ),
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


@pytest.mark.parametrize(
    "url", ["https://chat.example.org/a?b=c", "http://127.0.0.1:9/a", "http://[::1]/", "http://localhost/"]
)
def test_webhook_is_posted_to_by_https_or_on_this_machine(tmp_path: Path, url: str) -> None:
    assert load({"DATA_DIR": str(tmp_path), "ROLLOUT_WEBHOOK": url}).rollout_webhook == url


HOST_ALONE = "it is a host and perhaps a port, such as https://streams.example.org."
BEGIN = "it must begin with https://, or with http:// and an address of this machine."


@pytest.mark.parametrize(
    ("origin", "page", "sentence"),
    [
        ("http://streams.example.org", "https://page.example.org", BEGIN),
        ("ftp://streams.example.org", "https://page.example.org", BEGIN),
        ("https://", "https://page.example.org", BEGIN),
        ("https://[/", "https://page.example.org", "it is no URL."),
        ("https://streams.example.org:99999", "https://page.example.org", "it is no URL."),
        ("https://streams.example.org/live", "https://page.example.org", HOST_ALONE),
        ("https://streams.example.org?a=b", "https://page.example.org", HOST_ALONE),
        ("https://me:secret@streams.example.org", "https://page.example.org", HOST_ALONE),
        ("https://*.example.org", "https://page.example.org", HOST_ALONE),
        ("https://streams.example.org; script-src *", "https://page.example.org", HOST_ALONE),
        (
            "https://page.example.org:8443",
            "https://page.example.org",
            "it must be another host than that of PUBLIC_URL.",
        ),
        (
            "http://127.0.0.1:8001",
            "https://page.example.org",
            "browsers connect from an https:// page to https:// alone.",
        ),
    ],
)
def test_wrong_stream_origin_is_refused(tmp_path: Path, origin: str, page: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": page, "STREAM_ORIGIN": origin})
    assert str(refused.value) == f"The setting STREAM_ORIGIN is wrong: {sentence}"


@pytest.mark.parametrize("page", ["", "https://bücher.example.org"])
def test_stream_origin_needs_the_address_of_the_page_as_browsers_send_it(tmp_path: Path, page: str) -> None:
    with pytest.raises(ConfigError, match="needs PUBLIC_URL"):
        load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": page, "STREAM_ORIGIN": "https://streams.example.org"})


@pytest.mark.parametrize(
    ("page", "page_origin", "given", "origin"),
    [
        (
            "https://Page.Example.org/",
            "https://page.example.org",
            "https://Streams.example.org:443/",
            "https://streams.example.org",
        ),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "http://localhost:8001", "http://localhost:8001"),
        ("http://localhost:80/a", "http://localhost", "http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_origins_are_written_as_browsers_do(
    tmp_path: Path, page: str, page_origin: str, given: str, origin: str
) -> None:
    settings = load({"DATA_DIR": str(tmp_path), "PUBLIC_URL": page, "STREAM_ORIGIN": given})
    assert (settings.page_origin, settings.stream_origin) == (page_origin, origin)


def test_on_render_production_over_tls_is_the_default() -> None:
    settings = load({"RENDER": "true", "RENDER_EXTERNAL_URL": "https://x.onrender.com", "SECRET_KEY": 32 * "s"})
    assert (settings.environment, settings.host, settings.secure) == ("production", "0.0.0.0", True)
    assert settings.unleash_environment == "production"


def test_secrets_and_passwords_are_masked() -> None:
    secrets = dict.fromkeys(SECRETS, "https://hush")
    shown = Settings(redis_url="redis://:hush@host:1/0", **secrets).masked()  # type: ignore[arg-type]
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
