"""Shapes that no manner by name has: the longer way of load tests."""

import time
from collections.abc import AsyncIterator

import pytest
from infra.proxies.shapes import delayed

BY_S = 0.4


async def body() -> AsyncIterator[bytes]:
    for number in range(8):
        yield b"%d" % number


async def broken() -> AsyncIterator[bytes]:
    yield b"0"
    raise ConnectionResetError


async def test_pieces_come_later_and_none_waits_for_another() -> None:
    began = time.monotonic()
    assert [piece async for piece in delayed(body(), BY_S)] == [b"%d" % number for number in range(8)]
    assert BY_S <= time.monotonic() - began < 8 * BY_S


async def test_end_of_a_broken_server_is_passed_on() -> None:
    with pytest.raises(ConnectionResetError):
        assert [piece async for piece in delayed(broken(), 0.01)] == []
