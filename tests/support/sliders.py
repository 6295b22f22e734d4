"""A slider in memory, and the hands that move it."""

import asyncio
from typing import Literal

from playhead.flags.answers.source import FILE
from playhead.rollout.ports import Position, Unreachable

Moment = Literal["after_read", "before_move", "after_move"]
AWAY = "Unleash cannot be reached."


class HeldSlider:
    """A slider that a test holds.

    `away` and `hangs`: as an Unleash that refuses connections, or does not answer. `away_to_move`: it answers only who
    reads. `dies`: the process is killed there, which its caller sees as a request that never returns. `hand`: somebody
    moves it to `by_hand` there, once.
    """

    kind = FILE
    location = "a test"
    limit = ""

    def __init__(self, position: Position) -> None:
        self.position = position
        self.moves: list[Position] = []
        self.is_on = True
        """The kill switch."""
        self.away = self.away_to_move = False
        self.reads = 0
        self.dies: Moment | None = None
        self.hand: Moment | None = None
        self.by_hand = position
        self.hanging = asyncio.Event()
        """Set once a request hangs, until `go_on`."""
        self._gone_on = asyncio.Event()
        self.hangs = False

    async def read(self) -> Position:
        await self._answer()
        self.reads += 1
        seen = self.position
        self._touch("after_read")
        return seen

    async def is_allowed(self) -> bool:
        await self._answer()
        return self.is_on

    async def move(self, to: Position) -> None:
        await self._answer()
        if self.away_to_move:
            raise Unreachable(AWAY)
        if self.dies == "before_move":
            await self._hang()
        self.moves.append(to)
        self.position = to
        self._touch("after_move")
        if self.dies == "after_move":
            await self._hang()

    def go_on(self) -> None:
        """What hangs is answered."""
        self.hangs = False
        self.hanging.clear()
        self._gone_on.set()

    def _touch(self, moment: Moment) -> None:
        if self.hand == moment:
            self.position, self.hand = self.by_hand, None

    async def _answer(self) -> None:
        if self.hangs:
            await self._hang()
        if self.away:
            raise Unreachable(AWAY)

    async def _hang(self) -> None:
        self.hanging.set()
        self._gone_on.clear()
        await self._gone_on.wait()
