"""What is known of paths, for all processes, in Redis 6.2 or later, or Valkey. Every key expires."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from playhead.live.broker.errors import translated
from playhead.live.broker.keys import NAMESPACE, SOCKET_TIMEOUT_S
from playhead.monitoring.paths.judgement import WINDOW_S, Evidence, Judgement, PathState, begin_of, counts
from playhead.monitoring.paths.ports import (
    KEPT_S,
    OVERRIDES_MAX,
    PAGE_KEPT_S,
    PATHS_MAX,
    Outcome,
    Override,
    PathRecord,
    PathReport,
    Reader,
)

TURN_MS = 900
"""Nobody else judges the paths for so long: each process looks once a second."""
OTHER = {Outcome.PROVEN: Outcome.MUTED, Outcome.MUTED: Outcome.PROVEN}
IS_NEWER = """
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
"""Keeps the number of a page's report; 0 if the number is none above the last."""

_judgements = msgspec.json.Decoder(Judgement)
_overrides = msgspec.json.Decoder(Override)


class ValkeyPathStore:
    """Keeps, by a path's key: its judgement, and sorted sets of digests of people by the time of what they did.

    Sorted sets are trimmed at each write, so they hold the people of the last minutes.
    """

    def __init__(self, url: str, *, namespace: str = NAMESPACE) -> None:
        timeouts: dict[str, Any] = {"socket_timeout": SOCKET_TIMEOUT_S, "socket_connect_timeout": SOCKET_TIMEOUT_S}
        self._redis: Any = redis.asyncio.Redis.from_url(url, retry=Retry(NoBackoff(), 1), **timeouts)
        self._index = f"{namespace}:paths"
        self._turn = f"{namespace}:paths:turn"
        self._held_overrides = f"{namespace}:paths:overrides"
        self._path, self._page = f"{namespace}:path:", f"{namespace}:telemetry:"

    async def now(self) -> float:
        with translated():
            seconds, micros = await self._redis.time()
        return float(seconds + micros / 1e6)

    async def note(self, readers: Collection[Reader], reports: Collection[PathReport], now: float) -> None:
        everybody = {*readers, *(report.reader for report in reports)}
        if not everybody:
            return
        outcomes = {report.reader: report.outcome for report in await self._newer(reports)}
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for path, people in _by_path(everybody):
                    self._add(pipe, f"{self._path}{path}:readers", people, now)
                for outcome in Outcome:
                    for path, people in _by_path(reader for reader, found in outcomes.items() if found is outcome):
                        self._add(pipe, f"{self._path}{path}:{outcome}", people, now)
                        pipe.zrem(f"{self._path}{path}:{OTHER[outcome]}", *people)
                pipe.zadd(self._index, dict.fromkeys({reader.path for reader in everybody}, now))
                pipe.zremrangebyrank(self._index, 0, -1 - PATHS_MAX)
                pipe.expire(self._index, KEPT_S)
                await pipe.execute()

    async def records(self, now: float) -> Mapping[str, PathRecord]:
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zrevrange(self._index, 0, PATHS_MAX - 1, withscores=True)
                pipe.hgetall(self._held_overrides)
                listed, overrides = await pipe.execute()
            seen = {key.decode(): float(at) for key, at in listed}
            held = await self._redis.mget([self._path + path for path in seen]) if seen else []
        in_force = _in_force(overrides, now)
        return {
            path: PathRecord(at, _decoded(_judgements, document), in_force.get(path))
            for (path, at), document in zip(seen.items(), held, strict=True)
        }

    async def evidence(self, judgements: Mapping[str, Judgement | None], now: float) -> Mapping[str, Evidence]:
        if not judgements:
            return {}
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for path, judgement in judgements.items():
                    pipe.zcount(f"{self._path}{path}:readers", now - WINDOW_S, "+inf")
                    # Whoever was not chosen for a probe does not count, so their digests are needed.
                    is_probing = judgement is not None and judgement.state is PathState.PROBING
                    ask = pipe.zrangebyscore if is_probing else pipe.zcount
                    for outcome in Outcome:
                        ask(f"{self._path}{path}:{outcome}", begin_of(judgement, now), "+inf")
                answers = iter(await pipe.execute())

        def count(found: Any, judgement: Judgement | None) -> int:
            if isinstance(found, int):
                return found
            return sum(counts(person.decode(), judgement, now) for person in found)

        return {
            path: Evidence(readers, count(proven, judgement), count(muted, judgement))
            for (path, judgement), readers, proven, muted in zip(
                judgements.items(), answers, answers, answers, strict=True
            )
        }

    async def take_turn(self) -> bool:
        with translated():
            return bool(await self._redis.set(self._turn, 1, nx=True, px=TURN_MS))

    async def keep(self, judgements: Mapping[str, Judgement]) -> None:
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for path, judgement in judgements.items():
                    pipe.set(self._path + path, msgspec.json.encode(judgement), ex=KEPT_S)
                await pipe.execute()

    async def set_override(self, path: str, override: Override | None, now: float) -> bool:
        with translated():
            held = await self._redis.hgetall(self._held_overrides)
            others = {key: other for key, other in _in_force(held, now).items() if key != path}
            if override is not None and len(others) >= OVERRIDES_MAX:
                return False
            left = others | ({path: override} if override is not None else {})
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(self._held_overrides)
                for key, one in left.items():
                    pipe.hset(self._held_overrides, key, msgspec.json.encode(one))
                if left:
                    pipe.expireat(self._held_overrides, 1 + int(max(one.until.timestamp() for one in left.values())))
                await pipe.execute()
        return True

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def _newer(self, reports: Collection[PathReport]) -> Collection[PathReport]:
        """The reports whose numbers are above the last of their pages."""
        if not reports:
            return []
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                for report in reports:
                    pipe.eval(IS_NEWER, 1, f"{self._page}{report.person}:{report.page}", report.seq, PAGE_KEPT_S)
                answers = await pipe.execute()
        return [report for report, is_newer in zip(reports, answers, strict=True) if is_newer]

    def _add(self, pipe: Any, key: str, people: Collection[str], now: float) -> None:
        pipe.zadd(key, dict.fromkeys(people, now))
        pipe.zremrangebyscore(key, "-inf", now - WINDOW_S)
        pipe.expire(key, int(WINDOW_S))


def _by_path(readers: Iterable[Reader]) -> Iterator[tuple[str, list[str]]]:
    for path, group in itertools.groupby(sorted(readers), key=lambda reader: reader.path):
        yield path, [reader.person for reader in group]


def _in_force(held: Mapping[bytes, bytes], now: float) -> dict[str, Override]:
    decoded = ((key.decode(), _decoded(_overrides, document)) for key, document in held.items())
    return {path: one for path, one in decoded if one is not None and one.until.timestamp() > now}


def _decoded(decoder: Any, document: bytes | None) -> Any:
    """What is kept; None if it is nothing, or what this release cannot read."""
    try:
        return decoder.decode(document) if document else None
    except msgspec.DecodeError:
        return None
