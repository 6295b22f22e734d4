"""Measures the use of Redis: connections of a web process, keys, their time to live, and their bytes."""

import time
from typing import Any

from infra.load.server import Server

READERS = 1000
PREFIX = "playhead:"
"""Prefix of all our keys and channels."""


def run(server: Server) -> dict[str, Any]:
    rig = server.rig
    with server.readers(sessions=READERS) as readers:
        server.connect(readers, 1)
        time.sleep(2)
        one = connections(server)
        server.connect(readers, READERS - 1)
        time.sleep(2)
        many = connections(server)
        server.publish(READERS, READERS, 1.0)
        keys = _names(rig.ask("KEYS", "*"))
        ttls = {key: int(rig.ask("PTTL", key)[1:]) for key in keys}
        sizes = [int(rig.ask("MEMORY", "USAGE", key, "SAMPLES", 0)[1:]) for key in keys if ":status:" in key]
    return {
        "connections_1": one,
        "connections_1000": many,
        "keys": len(keys),
        "without_ttl": sum(left == -1 for left in ttls.values()),
        "bytes_a_session": sum(sizes) / max(len(sizes), 1),
        "longest_ttl_s": max(ttls.values(), default=0) / 1000,
    }


def connections(server: Server) -> int:
    """Counts the connections to Redis, except this one."""
    return server.rig.ask("CLIENT", "LIST").count(b"addr=127.0.0.1") // 2 - 1


def listened(server: Server) -> int:
    """Counts the channels with subscribers."""
    return len(_names(server.rig.ask("PUBSUB", "CHANNELS", "*status:*")))


def _names(answer: bytes) -> list[str]:
    """The strings of an array in Redis's protocol, where each follows its length."""
    lines = answer.split(b"\r\n")
    return [lines[at + 1].decode() for at in range(1, len(lines) - 1, 2)]
