"""Runs the Unleash server that `make unleash` installed into infra/unleash, on a PostgreSQL database."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from playhead.errors import ConfigError
from playhead.parent_death import bound_to_parent
from playhead.up.folder import free_port

MODULES = Path(__file__).parents[1] / "unleash" / "node_modules"
NODE = MODULES / ".bin" / "node"
SERVER = MODULES / "unleash-server" / "dist" / "server.js"
MEMORY = "--max-semi-space-size=8"
"""In MB: with Node's default size of the young generation it uses 150 MB more, without benefit."""
ENVIRONMENT = "development"
"""One of the two environments of every Unleash; the other is `production`."""
USERNAME = "admin"
ANSWER_S = 10.0
"""Timeout of a request: the server's first answers are slow."""
CLIENT: dict[str, Any] = {"timeout": ANSWER_S, "trust_env": False, "verify": False}
"""Without the machine's proxy, and without certificates, which take 30 ms to load and are needed only for HTTPS."""
NEVER = "2099-01-01T00:00:00Z"
QUIET = {
    "CHECK_VERSION": "false",
    "SEND_TELEMETRY": "false",
    "SCARF_ANALYTICS": "false",
    "LOG_LEVEL": "warn",  # at `info` it logs the admin's password
    "NODE_ENV": "production",
    "SIMPLE_LOGIN_LIMIT_PER_MINUTE": "1000",  # tests sign in more often than the default of 10
}


class Secrets(msgspec.Struct, kw_only=True):
    """Secrets that the server gets at its first start; it ignores different ones later."""

    password: str = msgspec.field(default_factory=secrets.token_urlsafe)
    session: str = msgspec.field(default_factory=secrets.token_urlsafe)
    backend_token: str = msgspec.field(default_factory=lambda: f"default:{ENVIRONMENT}.{secrets.token_hex(32)}")
    frontend_token: str = msgspec.field(default_factory=lambda: f"default:{ENVIRONMENT}.{secrets.token_hex(32)}")


@dataclass(frozen=True)
class Unleash:
    """The address, the command and the API of a server."""

    folder: Path
    port: int
    database_url: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets_file(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def token_file(self) -> Path:
        """The file in which `personal_token` keeps its token."""
        return self.folder / "personal-token"

    @property
    def secrets(self) -> Secrets:
        return msgspec.json.decode(self.secrets_file.read_bytes(), type=Secrets)

    @property
    def command(self) -> list[str]:
        return bound_to_parent([str(NODE), MEMORY, str(SERVER)])

    @property
    def environ(self) -> Mapping[str, str]:
        """Its whole environment, without our variables."""
        own = self.secrets
        return QUIET | {
            "PATH": os.environ["PATH"],
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.port),
            "UNLEASH_URL": self.url,
            "UNLEASH_SECRET": own.session,
            "DATABASE_URL": self.database_url,
            "DATABASE_SSL": "false",
            "UNLEASH_DEFAULT_ADMIN_USERNAME": USERNAME,
            "UNLEASH_DEFAULT_ADMIN_PASSWORD": own.password,
            "INIT_BACKEND_API_TOKENS": own.backend_token,
            "INIT_FRONTEND_API_TOKENS": own.frontend_token,
        }

    def ready(self) -> bool:
        """Whether it answers, which it does only after its migrations; its exit code is always 0."""
        try:
            return httpx.get(f"{self.url}/health", **CLIENT).is_success
        except httpx.TransportError:
            return False

    def personal_token(self) -> str:
        """Returns a token of the admin with all rights, imports included; creates it at the first call and stores it.

        Raises:
            ConfigError: the token is lost and the admin's password was changed.
            httpx.HTTPError: the server does not answer.
        """
        if self.token_file.exists():
            kept = self.token_file.read_text().strip()  # a person may have put it there
            with self._client(kept) as client:
                if client.get("/api/admin/user").is_success:
                    return kept
        with self._client() as client:
            who = {"username": USERNAME, "password": self.secrets.password}
            if not client.post("/auth/simple/login", json=who).is_success:
                raise ConfigError(
                    f"The password of Unleash's {USERNAME} is no longer the one in {self.secrets_file}:"
                    f" sign in, make a personal API token in your profile there, write it to {self.token_file},"
                    " and start this again."
                )
            made = client.post("/api/admin/user/tokens", json={"description": "playhead", "expiresAt": NEVER})
            token = str(made.raise_for_status().json()["secret"])
        keep(self.token_file, token.encode())
        return token

    def has_flags(self) -> bool:
        """Whether clients get any flags."""
        with self._client(self.secrets.backend_token) as client:
            try:
                return bool(client.get("/api/client/features").raise_for_status().json()["features"])
            except httpx.HTTPError:
                return False

    def _client(self, token: str = "") -> httpx.Client:
        headers = {"Authorization": token} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, **CLIENT)


def prepare(folder: Path, database_url: str, *, port: int | None = None) -> Unleash:
    """Prepares a server; `folder` keeps the secrets that belong to the database.

    Raises:
        ConfigError: the server is not installed.
    """
    if not (SERVER.exists() and NODE.exists()):
        raise ConfigError("The Unleash server is missing: run make unleash.")
    folder.mkdir(parents=True, exist_ok=True)
    server = Unleash(folder, port or free_port(), database_url)
    if not server.secrets_file.exists():
        keep(server.secrets_file, msgspec.json.encode(Secrets()))
    return server


def keep(path: Path, secret: bytes) -> None:
    """Writes a secret to a file that only its owner can read, by a new file and a rename, so that a crash leaves the
    old one."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(secret)
    fresh.rename(path)
