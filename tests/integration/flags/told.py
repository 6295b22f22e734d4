"""How people are to follow their sessions: what they are told, and what a file of flags says."""

from pathlib import Path

import httpx

from playhead.config import Settings
from playhead.flags.connect import open_gate
from tests.support.flags_data import FlagsData
from tests.support.site import Person, Web

ASK_S = 0.5
"""Between two looks at `transports`: a person may ask 120 times a minute, in all processes together."""
FLAG = "sse.status-stream"
STREAM, FLAG_OFF, KILL_SWITCH = "stream; flag_on", "wait; flag_off", "wait; kill_switch"
UNAVAILABLE = "poll; flags_unavailable"


def transports(web: Web, people: list[Person]) -> list[str]:
    """What `GET /me` says to each of them."""
    # Without a certificate store, which takes longer to load than all else here.
    with httpx.Client(base_url=web.url, trust_env=False, verify=False) as client:
        told = [client.get("/api/v1/me", headers=person.headers).json()["transport"] for person in people]
    return [f"{one['mode']}; {one['reason']}" for one in told]


def within(percent: int, people: list[Person], folder: Path, group: str = FLAG) -> list[Person]:
    """Those of them who are among so many per cent of a group, by a flags file."""
    drawn = {"groupId": group, "rollout": str(percent), "stickiness": "userId"}
    path = FlagsData().strategy(FLAG, parameters=drawn).save(folder / "flags.json")
    gate = open_gate(Settings(data_dir=str(folder), flags_file=str(path)))
    gate.close()
    return [person for person in people if gate.streams_allowed(person.id, False).allowed]
