"""The command line: quick help, settings, accounts, and mistakes told in one sentence."""

import gc
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from playhead.accounts.guards import digest
from playhead.accounts.logins import create_login, list_logins
from playhead.accounts.models import Credential, User
from playhead.accounts.repository import create_user, find_by_email, list_tokens, signed_in
from playhead.cli import main
from playhead.config import Settings
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.sessions import repository
from playhead.sessions.models import NewSession
from tests.support.stored import read_status

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own, and no settings from outside."""
    for name in (
        *(field.upper() for field in Settings.__struct_fields__),
        "RENDER",
        "HF_HUB_OFFLINE",
        "PLAYHEAD_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def playhead(*words: str, typed: str | None = None) -> Result:
    try:
        return CliRunner().invoke(main, words, input=typed)
    finally:
        gc.enable()  # `worker` turns it off for its start, and this one may end before it turns it on again


def test_help_needs_none_of_the_heavy_libraries() -> None:
    heavy = ["celery", "httpx", "quart", "redis", "rich.progress", "sqlalchemy"]
    loaded = "import sys, playhead.cli; print([name for name in sys.argv[1:] if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", loaded, *heavy], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"


def test_help_names_every_command() -> None:
    answer = playhead("--help")
    assert answer.exit_code == 0
    for name in ("up", "web", "worker", "migrate", "config", "user", "flags", "transcribe"):
        assert f"  {name} " in answer.output


def test_config_shows_settings_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "nobody may read this")
    monkeypatch.setenv("REDIS_URL", "redis://:hidden@queue:6379/0")
    answer = playhead("config")
    assert answer.exit_code == 0
    assert "PORT=8000" in answer.output
    assert "REDIS_URL=redis://***@queue:6379/0" in answer.output
    assert "nobody may read this" not in answer.output


def test_a_wrong_setting_is_one_sentence_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    answer = playhead("config")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("The setting PORT is wrong")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["up", "worker", "config"])
def test_a_model_that_cannot_be_had_stops_the_start(command: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "huge")
    answer = playhead(command)
    assert answer.exit_code == 2
    assert answer.stderr.startswith("There is no model 'huge': MODEL may be tiny.en, tiny, ")
    assert answer.stderr.count("\n") == 1
    assert ("MODEL=huge" in answer.stdout) == (command == "config")
    assert [path.name for path in data.iterdir()] == ["secret_key"]  # no log of a part: none was started


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("127.0.0.1", "Port {port} on 127.0.0.1 cannot be used (Address already in use): "),
        ("192.0.2.1", "Host 192.0.2.1 "),
    ],
)
def test_a_web_that_cannot_listen_says_one_sentence(data: Path, host: str, sentence: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        places = {"HOST": host, "PORT": str(port), "REDIS_URL": f"unix://{data}/nobody"}
        command = [sys.executable, "-m", "playhead", "web"]
        answer = subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith(sentence.format(port=port))
    assert (answer.stderr.count("\n"), answer.stdout) == (1, "")


@pytest.mark.parametrize("exists", [True, False], ids=["folder that was open", "new folder"])
def test_what_is_made_is_for_its_owner_only(data: Path, exists: bool) -> None:
    made = data / "new"
    if exists:
        made.mkdir(mode=0o755)
        (made / "playhead.db").touch(mode=0o644)
        (made / "audio").mkdir(mode=0o755)
        (made / "link").symlink_to(data)
        data.chmod(0o755)
    environ = {**os.environ, "DATA_DIR": str(made)}
    command = [sys.executable, "-m", "playhead", "migrate"]
    subprocess.run(command, env=environ, check=True, capture_output=True, umask=0o022)
    assert {path.name for path in made.iterdir()} >= {"playhead.db", "secret_key"}
    assert made.stat().st_mode & 0o066 == 0
    for path in made.iterdir():
        assert path.is_symlink() or path.stat().st_mode & 0o077 == 0, path
    assert not exists or data.stat().st_mode & 0o077 == 0o055, "what a link leads to is not ours to close"


def test_config_says_that_the_model_will_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "small")
    answer = playhead("config")
    assert answer.exit_code == 0
    assert answer.stderr.startswith("The model small (huggingface.co/Systran/faster-whisper-small) is not on this mach")


def test_a_worker_warns_that_its_model_will_be_downloaded(data: Path) -> None:
    environ = {**os.environ, "MODEL": "small", "REDIS_URL": f"unix://{data}/nobody", "LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "playhead", "worker"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE) as worker:
        assert worker.stderr is not None
        record = json.loads(worker.stderr.readline())
        worker.kill()
    assert record["level"] == "warning"
    assert record["event"].startswith("The model small ")


def test_migrate_can_be_run_twice(data: Path) -> None:
    for _ in range(2):
        assert playhead("migrate").output == "The database is up to date.\n"
    assert (data / "playhead.db").exists()


def test_an_account_is_made_given_rights_and_a_token(database: SyncDatabase) -> None:
    made = playhead("user", "create", f" {EMAIL.upper()}", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert made.output.endswith(f"{EMAIL} can sign in now.\n")
    assert PASSWORD not in made.output

    assert playhead("user", "admin", EMAIL).output == f"{EMAIL} is an admin now.\n"
    assert person(database).is_admin
    assert playhead("user", "admin", "--revoke", EMAIL).output == f"{EMAIL} is no admin any more.\n"
    assert not person(database).is_admin

    secret = playhead("user", "token", EMAIL).output.strip()
    credential = Credential("token", digest(secret))
    assert database.run(signed_in, [credential])[credential].email == EMAIL


def test_password_is_set_and_ends_all_logins(database: SyncDatabase) -> None:
    playhead("user", "create", EMAIL, typed=f"{PASSWORD}\n{PASSWORD}\n")
    before = database.run(find_by_email, EMAIL)
    database.run(create_login, person(database).id, "digest", timedelta(days=1))
    answer = playhead("user", "password", EMAIL, typed="another horse battery\nanother horse battery\n")
    assert answer.exit_code == 0, answer.output
    assert answer.output.endswith(f"The password of {EMAIL} is changed, and they are signed out everywhere.\n")
    after = database.run(find_by_email, EMAIL)
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    assert PasswordHasher().verify(after[1], "another horse battery")
    assert database.run(list_logins, person(database).id) == []


def test_signing_out_by_command_ends_the_logins_of_one_person(database: SyncDatabase) -> None:
    playhead("migrate")
    ada, bob = (database.run(create_user, email, "hash").id for email in (EMAIL, "bob@example.com"))
    for number, owner in enumerate((ada, ada, bob)):
        database.run(create_login, owner, str(number) * 64, timedelta(days=1))
    token = playhead("user", "token", EMAIL).output.strip()
    answer = playhead("user", "sign-out", EMAIL)
    assert answer.output == f"{EMAIL} is signed out everywhere: 2 logins ended.\n"
    assert [len(database.run(list_logins, owner)) for owner in (ada, bob)] == [0, 1]
    assert database.run(signed_in, [Credential("token", digest(token))])


@pytest.mark.parametrize(("expires", "days"), [("2999d", 2999), (f"{now().year + 1}-12-31", None), ("3d", 3)])
def test_token_gets_a_scope_and_an_end(database: SyncDatabase, expires: str, days: int | None) -> None:
    playhead("migrate")
    owner = database.run(create_user, EMAIL, "hash").id
    answer = playhead("user", "token", EMAIL, "--scope", "read", "--expires", expires)
    assert answer.exit_code == 0, answer.output
    (made,) = database.run(list_tokens, owner)
    assert made.scope == "read"
    assert made.expires_at is not None
    if days is None:
        assert made.expires_at.isoformat() == f"{expires}T00:00:00+00:00"
    else:
        assert abs(made.expires_at - now() - timedelta(days=days)) < timedelta(minutes=5)


def test_end_of_a_token_that_is_no_date_is_refused() -> None:
    answer = playhead("user", "token", EMAIL, "--expires", "soon")
    assert answer.exit_code == 2
    assert "'soon' is neither a date such as 2027-01-31 nor a number of days such as 30d." in answer.stderr


def test_an_account_is_removed_with_everything_of_theirs(data: Path, database: SyncDatabase) -> None:
    playhead("migrate")
    owner = database.run(create_user, EMAIL, "hash").id
    for number in range(30):  # more than one page
        database.run(
            repository.create,
            NewSession(
                id=new_id(),
                owner_id=owner,
                filename="a.wav",
                size_bytes=1,
                audio_key=f"key-{number}",
            ),
        )
        audio(data, number).parent.mkdir(exist_ok=True)
        audio(data, number).write_text("x")

    bob = database.run(create_user, "bob@example.com", "hash").id
    behind = new_id()
    facts: dict[str, Any] = {"filename": "b.wav", "size_bytes": 1, "audio_key": "key-b"}
    database.run(repository.create, NewSession(id=behind, owner_id=bob, **facts))

    assert playhead("user", "remove", EMAIL, typed="n\n").exit_code == 1
    assert audio(data, 0).exists()

    answer = playhead("user", "remove", EMAIL, typed="y\n")
    assert answer.exit_code == 0, answer.output
    assert database.run(find_by_email, EMAIL) is None
    assert list((data / "audio").iterdir()) == []
    assert database.run(read_status, behind).queue_position == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "nobody", "--password", PASSWORD), "'nobody' is not an email address that can be used here."),
        (("create", EMAIL, "--password", "short"), "The password needs at least 8 characters."),
        (("admin", EMAIL), f"Nobody has the email {EMAIL}."),
        (("token", EMAIL), f"Nobody has the email {EMAIL}."),
        (("token", EMAIL, "--name", " "), "A token needs a name of at most 80 characters."),
        (
            ("token", EMAIL, "--expires", "2020-01-01"),
            "A token ends within the next ten years, or has no end at all.",
        ),
        (("password", EMAIL, "--password", PASSWORD), f"Nobody has the email {EMAIL}."),
        (("sign-out", EMAIL), f"Nobody has the email {EMAIL}."),
        (("remove", "--yes", EMAIL), f"Nobody has the email {EMAIL}."),
    ],
)
def test_a_mistake_about_accounts_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    answer = playhead("user", *words)
    assert answer.exit_code == 2
    assert answer.stderr == f"{sentence}\n"


@pytest.fixture
def database(data: Path) -> Iterator[SyncDatabase]:
    made = SyncDatabase(f"sqlite:///{data}/playhead.db")
    yield made
    made.close()


def person(database: SyncDatabase) -> User:
    found = database.run(find_by_email, EMAIL)
    assert found is not None
    return found[0]


def audio(data: Path, number: int) -> Path:
    return data / "audio" / f"key-{number}"
