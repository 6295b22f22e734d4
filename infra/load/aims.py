"""Defines the aims, where possible as ratios to peers of the same run, so that the machine cancels out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The product's `metric` should be at most (`at_least`: at least) `value`, times the named peer's."""

    scenario: str
    metric: str
    value: float
    peer: str | None = None
    at_least: bool = False

    def met(self, own: float, theirs: float | None) -> bool | None:
        """Whether the aim is met; None if the peer did not run."""
        if self.peer is not None and theirs is None:
            return None
        bound = self.value * (theirs if theirs is not None else 1.0)
        return own >= bound if self.at_least else own <= bound

    def __str__(self) -> str:
        bound = f"{'≥' if self.at_least else '≤'} {self.value:g}"
        return f"{bound} × {self.peer}" if self.peer else bound


AIMS = (
    Aim(scenario="fanout", metric="cpu_ms_per_1k", value=0.8, peer="plain-hub"),
    Aim(scenario="fanout", metric="cpu_ms_per_1k", value=0.5, peer="sse-starlette"),
    Aim(scenario="fanout", metric="cpu_ms_per_1k", value=0.5, peer="asgi-hypercorn"),
    Aim(scenario="fanout", metric="cpu_ms_per_1k", value=1.1, peer="nchan"),
    Aim(scenario="fanout", metric="p99_ms", value=30),
    Aim(scenario="spread", metric="p99_ms", value=1),
    Aim(scenario="spread", metric="p99_ms", value=1, peer="asgi-hypercorn"),
    Aim(scenario="spread", metric="lost", value=0),
    Aim(scenario="spread", metric="load_cpu_ms_per_1k", value=0.6, peer="sse-starlette"),
    Aim(scenario="spread", metric="load_cpu_ms_per_1k", value=1, peer="nchan"),
    Aim(scenario="ceiling", metric="per_s", value=2.2, peer="sse-starlette", at_least=True),
    Aim(scenario="ceiling-spread", metric="per_s", value=1.7, peer="sse-starlette", at_least=True),
    Aim(scenario="idle", metric="kb_1000", value=25),
    Aim(scenario="idle", metric="kb_5000", value=25),
    Aim(scenario="idle", metric="kb_5000", value=12),
    Aim(scenario="idle", metric="open_p99_ms_5000", value=80),
    Aim(scenario="crowd", metric="open_s", value=3),
    Aim(scenario="crowd", metric="failed", value=0),
    Aim(scenario="idle", metric="open_cpu_ms_5000", value=1.5, peer="asgi-hypercorn"),
    Aim(scenario="idle", metric="open_p99_ms_5000", value=1.2, peer="asgi-hypercorn"),
    Aim(scenario="crowd", metric="open_s", value=1.5, peer="asgi-hypercorn"),
    Aim(scenario="crowd", metric="resume_open_s", value=1.5, peer="asgi-hypercorn"),
    Aim(scenario="storm", metric="s", value=1),
    Aim(scenario="storm", metric="s", value=1.5, peer="asgi-hypercorn"),
    Aim(scenario="storm", metric="resume_s", value=1.5, peer="asgi-hypercorn"),
    *(
        Aim(scenario="polls", metric=metric, value=1.5, peer="asgi-hypercorn")
        for metric in (
            "poll_s",
            "poll_cpu_ms",
            "again_s",
            "again_cpu_ms",
            "wait_held_s",
            "wait_answered_s",
            "wait_cpu_ms",
        )
    ),
    Aim(scenario="polite", metric="felt_p99_ms_1000", value=1, peer="asgi-hypercorn"),
    Aim(scenario="polite", metric="felt_p99_ms_9500", value=0.5, peer="asgi-hypercorn"),
    Aim(scenario="polite", metric="s_9500", value=1.1, peer="asgi-hypercorn"),
    Aim(scenario="resets", metric="left", value=0),
    Aim(scenario="stalled", metric="kb_each", value=200),
    Aim(scenario="stalled", metric="cut_s", value=35),
    Aim(scenario="churn", metric="grown_late_kb", value=2048),
    Aim(scenario="sigterm", metric="exit_s", value=3),
    Aim(scenario="sigterm", metric="without_goodbye", value=0),
    Aim(scenario="switch", metric="file_500_max_s", value=2),
    Aim(scenario="switch", metric="unleash_500_max_s", value=2),
    Aim(scenario="switch", metric="unleash_5000_others_ms", value=100),
    Aim(scenario="publishing", metric="median_us", value=50),
    Aim(scenario="publishing", metric="slow_median_us", value=50),
    Aim(scenario="publishing", metric="gone_median_us", value=50),
    Aim(scenario="publishing", metric="of_redis_py", value=0.5),
    Aim(scenario="publishing", metric="share_percent", value=0.5),
    Aim(scenario="person", metric="of_one", value=1.1),
    Aim(scenario="observed", metric="added_us", value=1),
    Aim(scenario="observed", metric="added_percent", value=5),
    Aim(scenario="wire", metric="fewer_requests_60s_percent", value=95, at_least=True),
    Aim(scenario="wire", metric="fewer_requests_10min_percent", value=99, at_least=True),
    Aim(scenario="wire", metric="fewer_bytes_60s_percent", value=80, at_least=True),
    Aim(scenario="wire", metric="fewer_bytes_10min_percent", value=80, at_least=True),
    Aim(scenario="wait", metric="proxy_p50_ms", value=300),
    Aim(scenario="wait", metric="wait_lost", value=0),
    Aim(scenario="keys", metric="connections_1000", value=4),  # two for its streams, two for the limits of routes
    Aim(scenario="keys", metric="without_ttl", value=0),
)
