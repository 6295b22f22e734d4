"""What people are told of how they are to follow their sessions."""

import httpx

from tests.integration.faults.site import Person, Web

STREAM, FLAG_OFF, KILL_SWITCH = "stream; flag_on", "wait; flag_off", "wait; kill_switch"
UNAVAILABLE = "poll; flags_unavailable"


def transports(web: Web, people: list[Person]) -> list[str]:
    """What `GET /me` says to each of them."""
    # Without a certificate store, which takes longer to load than all else here.
    with httpx.Client(base_url=web.url, trust_env=False, verify=False) as client:
        told = [client.get("/api/v1/me", headers=person.headers).json()["transport"] for person in people]
    return [f"{one['mode']}; {one['reason']}" for one in told]
