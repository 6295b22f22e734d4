"""The names of keys and channels in Redis, and how long each key is kept."""

from dataclasses import dataclass

from playhead.live.broker.ports import topic_of

NAMESPACE = "playhead"
LIVE_TTL_S = 6 * 3600
"""Seconds that a snapshot is kept: longer than any silence of a running job. Each key expires (`noeviction`)."""
FINAL_TTL_S = 600
"""Seconds that a final snapshot is kept where a store has it, too: readers of snapshots see the end."""
STREAM_TTL_S = 60
"""Seconds after which the streams of a process that ended without a word count no more: three reports."""
INDEXED_MAX = 1000
"""Most jobs of an owner that are remembered without a store, the newest: more than a list shows."""
SOCKET_TIMEOUT_S = 2.0
"""Seconds until a call to Redis fails: the next status comes in a second or two."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The names that one app uses. Apps that share a Redis need one each: database numbers do not separate channels."""

    namespace: str = NAMESPACE

    @property
    def statuses(self) -> str:
        """The prefix of snapshots, and of the channels of topics."""
        return f"{self.namespace}:status:"

    @property
    def logins(self) -> str:
        """The channel of ended logins, and of streams that were replaced: a person's id, and after a NUL the stream's.

        Every listener receives it: both are rare.
        """
        return f"{self.namespace}:logins"

    def streams(self, owner_id: str) -> str:
        """The sorted set of the ids of a person's streams, by the times of the last reports about them."""
        return f"{self.namespace}:streams:{owner_id}"

    @property
    def processes(self) -> str:
        """The prefix of the reports of web processes about themselves."""
        return f"{self.namespace}:web:"

    def index(self, owner_id: str) -> str:
        """The sorted set of the ids of an owner's jobs, by the times of their last changes."""
        return f"{self.namespace}:jobs:{owner_id}"

    def epoch(self, job_id: str) -> str:
        """The last epoch that was given to an attempt at this job."""
        return f"{self.namespace}:epoch:{job_id}"

    def channel(self, topic: str) -> str:
        return self.statuses + topic

    def channel_of(self, owner_id: str) -> str:
        return self.channel(topic_of(owner_id))


KEYS = Keys()
"""The names without a namespace of an app's own."""
