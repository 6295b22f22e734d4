"""Appends to a recording in a process of its own, and prints what the storage has of it.

`python -m tests.integration.storage.writer URL KEY`: what comes next of `CONTENT`, until it is killed.
`python -m tests.integration.storage.writer URL KEY LETTER RECORDS`: records, each of the letter and a number. A writer
that is superseded goes on at the new end.
"""

import asyncio
import random
import sys

from playhead.storage import Storage, Superseded, WrongOffset

CONTENT = random.Random(5).randbytes(32 * 1024**2)
RECORD_BYTES = 100_000
AT_ONCE = 7
"""Records of a request."""


def record(letter: str, number: int) -> bytes:
    return f"{letter}{number}".encode().ljust(RECORD_BYTES - 1, letter.encode()) + b"\n"


async def append_content(url: str, key: str) -> None:
    storage = Storage.from_url(url, retries=0)
    while True:
        async with storage.append(key, await storage.stored(key)) as appender:
            for at in range(appender.stored, appender.stored + AT_ONCE * RECORD_BYTES, RECORD_BYTES):
                await appender.write(CONTENT[at : at + RECORD_BYTES])
                sys.stdout.write(f"{appender.stored}\n")
                sys.stdout.flush()


async def append_records(url: str, key: str, letter: str, records: int) -> None:
    storage = Storage.from_url(url, retries=0)
    number = 0
    while number < records:
        try:
            async with storage.append(key, await storage.stored(key)) as appender:
                for _ in range(min(AT_ONCE, records - number)):
                    await appender.write(record(letter, number))
                    number += 1
        except (Superseded, WrongOffset):
            continue


if __name__ == "__main__":
    url, key, *of_records = sys.argv[1:]
    asyncio.run(append_records(url, key, of_records[0], int(of_records[1])) if of_records else append_content(url, key))
