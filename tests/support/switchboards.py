"""Gates under test, each with its flags in the hands of a test: in a file, or on an Unleash server."""

import json
from pathlib import Path
from typing import Any, Protocol

from UnleashClient.cache import FileCache
from UnleashClient.clients.unleash_client import UnleashClient
from UnleashClient.utils import InstanceAllowType

from playhead.adapters.live_unleash import UnleashGate
from playhead.live.file_gate import FileGate
from playhead.live.gate import Gate
from tests.support.flag_server import TOKEN, FlagServer, Manners

REFRESH_S = 0.1
"""Seconds between two looks at the flags: what is tested is that looks bring something, not how long the pauses are."""
STREAM, ALLOWED, WAIT = "live-stream", "live-allowed", "live-wait"


class Switchboard(Protocol):
    """The flags of a gate."""

    def gate(self) -> Gate[Any]:
        """Makes another gate over these flags."""
        ...

    def turn(self, *, allowed: bool = True, stream: float = 100, wait: bool = True) -> None:
        """Replaces all flags. `stream`: the percentage of people."""
        ...

    def break_off(self) -> None:
        """Makes the flags unreadable."""
        ...

    def close(self) -> None: ...


class FileBoard:
    """The flags of a `FileGate`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate.json"
        self._gates: list[FileGate] = []
        self.turn()

    def gate(self) -> FileGate:
        self._gates.append(FileGate(self.path, look_s=REFRESH_S))
        return self._gates[-1]

    def turn(self, *, allowed: bool = True, stream: float = 100, wait: bool = True) -> None:
        self.write(json.dumps({"allowed": allowed, "stream": stream, "wait": wait}))

    def write(self, text: str) -> None:
        """Replaces the file as a whole."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)

    def break_off(self) -> None:
        self.path.unlink()

    def close(self) -> None:
        for gate in self._gates:
            gate.close()


class UnleashBoard:
    """The flags of an `UnleashGate`, on a server of Unleash's client API."""

    def __init__(self, folder: Path) -> None:
        self.server = FlagServer("")
        self._folder = folder
        self._clients: list[UnleashClient] = []
        self.turn()

    def gate(self) -> UnleashGate:
        gate: UnleashGate
        client = self.client(event_callback=lambda event: gate.changed(event))  # noqa: PLW0108 - it is made later
        gate = UnleashGate(client, stream=STREAM, allowed=ALLOWED, wait=WAIT)
        client.initialize_client()
        return gate

    def client(self, **options: Any) -> UnleashClient:
        """Makes a client of this server, which is not initialized."""
        name = f"client-{len(self._clients)}"
        client = UnleashClient(
            f"{self.server.url}/api",
            name,
            custom_headers={"Authorization": TOKEN},
            refresh_interval=REFRESH_S,  # type: ignore[arg-type]  # its scheduler takes fractions, too
            request_timeout=2,
            request_retries=0,
            disable_metrics=True,
            disable_registration=True,
            multiple_instance_mode=InstanceAllowType.SILENTLY_ALLOW,
            **{"cache_directory": str(self._folder / name)} | options,
        )
        self._clients.append(client)
        return client

    def bootstrapped(self) -> FileCache:
        """Makes a cache that holds the present flags."""
        cache = FileCache("bootstrapped", directory=str(self._folder))
        cache.bootstrap_from_dict(json.loads(self.server.document))
        return cache

    def turn(self, *, allowed: bool = True, stream: float = 100, wait: bool = True) -> None:
        self.server.document = document({ALLOWED: 100 * allowed, STREAM: stream, WAIT: 100 * wait})

    def break_off(self) -> None:
        self.server.manners = Manners.FAILING

    def close(self) -> None:
        for client in self._clients:
            client.destroy()
        self.server.close()


def document(rollouts: dict[str, float]) -> str:
    """What a server answers that has these flags, each for a percentage of people."""
    return json.dumps({"version": 2, "features": [_feature(*each) for each in rollouts.items()]})


def _feature(name: str, percent: float) -> dict[str, Any]:
    parameters = {"rollout": str(percent), "stickiness": "userId", "groupId": name}
    strategies = [{"name": "flexibleRollout", "parameters": parameters, "constraints": []}]
    return {"name": name, "type": "release", "enabled": percent > 0, "strategies": strategies}
