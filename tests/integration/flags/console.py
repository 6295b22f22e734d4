"""An operator's hands on Unleash: the product's own store, and what only tests ask."""

import json
from typing import Any

import httpx
from UnleashClient.constants import CLIENT_SPEC_VERSION

from playhead.flags.administration.unleash_store import UnleashStore
from playhead.flags.answers.fingerprint import fingerprints
from playhead.flags.answers.rollout import Rollout, rollout_of
from tests.support.flags_data import FlagsData
from tests.support.unleash import Unleash
from tests.support.waiting import until

PROJECT = "projects/default"
ANSWER_S = 30.0
AS_CLIENT = {"Unleash-Client-Spec": CLIENT_SPEC_VERSION}
"""As our processes ask: Unleash has another copy, newer or older, for clients that understand less."""


class Console(UnleashStore):
    """Signed in as the admin."""

    def __init__(self, unleash: Unleash) -> None:
        super().__init__(unleash.url, unleash.personal_token, unleash.environment)
        self._unleash = unleash
        self._http = httpx.Client(
            base_url=f"{unleash.url}/api", headers=AS_CLIENT, timeout=ANSWER_S, trust_env=False, verify=False
        )
        self._token = unleash.personal_token

    def close(self) -> None:
        self._http.close()

    def deliver(self) -> None:
        """Imports the flags as delivered, and waits until clients get these: it takes Unleash about a second."""
        data = FlagsData()
        self._unleash.import_flags(data.export)
        wanted = _decisive(data.document())
        until(lambda: _decisive(self._delivered()) == wanted, "clients get the flags as delivered")

    def archive(self, flag: str) -> None:
        """Clients do not know it from then on."""
        self.ask("POST", f"admin/{PROJECT}/archive", {"features": [flag]})

    def revive(self, flag: str) -> None:
        self.ask("POST", f"admin/{PROJECT}/revive", {"features": [flag]})

    def lets_stream(self, user: str) -> bool:
        """What Unleash's own evaluator says, which it has for browsers."""
        toggles = self.ask("GET", f"frontend?userId={user}", token=self._unleash.frontend_token)["toggles"]
        return "sse.status-stream" in {toggle["name"] for toggle in toggles}

    def counted(self, flag: str) -> tuple[int, int]:
        """How often clients have answered yes, and how often no."""
        hours = self.ask("GET", f"admin/client-metrics/features/{flag}")["lastHourUsage"]
        return sum(hour["yes"] for hour in hours), sum(hour["no"] for hour in hours)

    def _delivered(self) -> str:
        """The document that clients get."""
        return json.dumps(self.ask("GET", "client/features", token=self._unleash.backend_token))

    def ask(self, verb: str, path: str, body: object = None, *, token: str = "") -> Any:
        answer = self._http.request(verb, f"/{path}", json=body, headers={"Authorization": token or self._token})
        assert answer.is_success, f"{verb} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def _decisive(document: str) -> tuple[dict[str, str], Rollout]:
    """What clients decide by: the fingerprints of all flags, and the group that a rollout draws people by."""
    return fingerprints(document), rollout_of(document)
