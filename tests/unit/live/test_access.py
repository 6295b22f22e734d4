"""Who reads an open stream is asked again, and callbacks that fail or hang do not hold it up."""

import asyncio

import pytest

from playhead.live.access import Access
from playhead.live.http import Request

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}
REQUEST = Request.of(SCOPE)


async def hang(*_: object) -> str:
    await asyncio.Event().wait()
    return "eve"


def fail(*_: object) -> bool:
    raise OSError("the database is away")


@pytest.mark.parametrize("broken", [hang, fail])
async def test_callbacks_that_do_not_answer_change_nothing(broken: object) -> None:
    for access in (
        Access[str](broken, None, recheck_s=0.01),  # type: ignore[arg-type]
        Access[str](lambda request: "eve", broken, recheck_s=0.01),  # type: ignore[arg-type]
    ):
        assert await access.visitor(REQUEST, "ada", "one").recheck("ada") == "ada"


async def test_person_and_ownership_are_asked_again() -> None:
    owned = {"one"}
    access = Access[str](lambda request: "ada", lambda person, job_id: job_id in owned)
    one, every = access.visitor(REQUEST, "ada", "one"), access.visitor(REQUEST, "ada")
    assert await one.recheck("ada") == "ada"
    owned.clear()
    assert await one.recheck("ada") is None
    assert await every.recheck("ada") == "ada", "a stream of all jobs has no job to ask for"
