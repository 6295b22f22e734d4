"""`playhead user list|disable|enable|quota|invite`: what they change and print."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playhead.accounts.administration import OwnQuota, own_quota
from playhead.accounts.guards import digest
from playhead.accounts.invites import create_invited_user
from playhead.accounts.logins import create_login
from playhead.accounts.models import Credential
from playhead.accounts.repository import create_token, create_user, set_admin, signed_in
from playhead.cli import main
from playhead.config import Settings
from playhead.db import SyncDatabase
from playhead.migrations import upgrade

EMAIL = "ada@example.org"
LOGIN, TOKEN = Credential("login", "login-digest"), Credential("token", "token-digest")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own, and no settings from outside."""
    for name in (*(field.upper() for field in Settings.__struct_fields__), "RENDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def database(data: Path) -> Iterator[SyncDatabase]:
    url = f"sqlite:///{data}/playhead.db"
    upgrade(url)
    made = SyncDatabase(url)
    yield made
    made.close()


@pytest.fixture
def ada(database: SyncDatabase) -> str:
    """The id of a person with a login and a token."""
    person = database.run(create_user, EMAIL, "hash")
    database.run(create_login, person.id, LOGIN.digest, timedelta(days=1))
    database.run(create_token, person.id, "laptop", TOKEN.digest)
    return person.id


def playhead(*words: str) -> Result:
    return CliRunner().invoke(main, ("user", *words))


def test_list_shows_what_each_person_uses(database: SyncDatabase, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTA_QUEUED", "0")
    for number in range(60):  # more than a page
        database.run(create_user, f"person{number}@example.com", "hash")
    database.run(set_admin, EMAIL, True)
    assert playhead("list", "EXAMPLE.ORG").output == (
        "ada@example.org (admin) · 0 bytes of 50 GB · 0.0 of 24 h today · 0 of any waiting\n"
    )
    assert len(playhead("list").output.splitlines()) == 61


def test_disabled_person_is_refused_until_enabled(database: SyncDatabase, ada: str) -> None:
    assert database.run(signed_in, [LOGIN, TOKEN]).keys() == {LOGIN, TOKEN}
    assert playhead("disable", EMAIL).output == f"{EMAIL} is disabled.\n"
    assert database.run(signed_in, [LOGIN, TOKEN]) == {}
    assert "(disabled)" in playhead("list").output
    assert playhead("enable", EMAIL).output == f"{EMAIL} can sign in again.\n"
    assert database.run(signed_in, [LOGIN, TOKEN]).keys() == {TOKEN}


def test_quota_sets_what_is_given_and_keeps_the_rest(database: SyncDatabase, ada: str) -> None:
    assert playhead("quota", EMAIL, "--bytes", "1.5GB", "--queued", "0").exit_code == 0
    assert database.run(own_quota, ada) == OwnQuota(bytes=1_500_000_000, queued=0)
    answer = playhead("quota", EMAIL, "--hours", "2.5", "--bytes", "default")
    assert database.run(own_quota, ada) == OwnQuota(hours=2.5, queued=0)
    assert answer.output == f"{EMAIL} · 0 bytes of 50 GB · 0.0 of 2.5 h today · 0 of any waiting\n"


@pytest.mark.parametrize(
    "words", [("--hours", "many"), ("--queued", "-1"), ("--bytes", "9e30"), ("--queued", "99999999999")]
)
def test_quota_refuses_what_is_no_limit(database: SyncDatabase, ada: str, words: tuple[str, str]) -> None:
    assert playhead("quota", EMAIL, *words).exit_code == 2
    assert database.run(own_quota, ada) == OwnQuota()


def test_invite_prints_a_secret_that_makes_an_account(database: SyncDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATION", "invite")
    answer = playhead("invite", "--days", "1")
    assert (answer.exit_code, answer.stderr) == (0, "")
    secret = digest(answer.stdout.strip())
    assert database.run(create_invited_user, "bob@example.org", "hash", secret).email == "bob@example.org"


def test_invite_warns_where_it_is_of_no_use() -> None:
    assert playhead("invite").stderr == "REGISTRATION is open: invites are used only while it is invite.\n"


@pytest.mark.parametrize("command", ["disable", "enable", "quota"])
def test_unknown_email_is_one_sentence(command: str) -> None:
    answer = playhead(command, EMAIL)
    assert (answer.exit_code, answer.stderr) == (2, f"Nobody has the email {EMAIL}.\n")
