"""What a web process says of its flags, and that it says in its log what keeps them from coming."""

import asyncio
from pathlib import Path

from playhead.db import DatabaseGone
from playhead.flags.answers.fingerprint import OFF
from playhead.flags.answers.report import Report, decode
from playhead.flags.answers.shared import Shared
from playhead.flags.answers.watch import Watch
from tests.support.flags_data import FlagsData
from tests.support.waiting import async_until

from .conftest import OpenFile


async def test_process_says_at_once_what_is_in_force(flags_file: Path, open_file: OpenFile, logged: list[str]) -> None:
    told: list[Report | None] = []
    gone = False

    async def read() -> Shared:
        if gone:
            raise DatabaseGone("it was switched off")
        return Shared()

    async def tell(document: bytes) -> None:
        told.append(decode(document))
        raise ConnectionError("nobody may depend on it")

    gate = open_file(flags_file)
    watching = asyncio.create_task(Watch(gate, read, tell, "here", look_s=0.01, publish_s=0.02, unread_s=0.3).run())
    await async_until(lambda: told)
    first = told[0]
    assert first is not None
    assert (first.instance, first.source, first.emergency, first.trouble) == ("here", "file", False, "")
    assert first.flags["sse.allowed"] != OFF
    assert first.obeys({"sse.allowed": first.flags["sse.allowed"]}, "file")
    assert not first.obeys({"sse.allowed": OFF}, "file")
    assert not first.obeys({}, "Unleash")

    FlagsData().turn("sse.allowed", on=False).save(flags_file)
    await async_until(lambda: (one := told[-1]) and one.obeys({"sse.allowed": OFF}, "file"))
    await asyncio.to_thread(flags_file.write_text, "{")
    await async_until(lambda: (one := told[-1]) and "cannot be used: not an Unleash export" in one.trouble)
    FlagsData().save(flags_file)
    await async_until(lambda: (one := told[-1]) and not one.trouble)
    gone = True
    await async_until(lambda: (one := told[-1]) and "does not get here" in one.trouble)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert sum(line.startswith("the flags in force may be old: ") for line in logged) == 1
