"""Counts uploads and their bytes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Self

from playhead.errors import Problem
from playhead.metrics.catalog import UPLOAD_BYTES, UPLOADS
from playhead.metrics.metrics import Metrics


@contextmanager
def counted(metrics: Metrics) -> Iterator[None]:
    """Counts an upload by how its block ends: an error refuses it, unless the sender left or was too slow."""
    outcome = "broken_off"
    try:
        yield
        outcome = "accepted"
    except Exception as error:
        if not (isinstance(error, Problem) and error.status == HTTPStatus.REQUEST_TIMEOUT):
            outcome = "refused"
        raise
    finally:
        metrics.add(UPLOADS, outcome)


@contextmanager
def counted_refusals(metrics: Metrics) -> Iterator[None]:
    """Counts an upload whose block refuses it; one that is begun is counted by whoever ends it."""
    try:
        yield
    except Problem:
        metrics.add(UPLOADS, "refused")
        raise


class CountedBody:
    """Passes a body on and counts its bytes."""

    def __init__(self, body: AsyncIterator[bytes], metrics: Metrics) -> None:
        self._body, self._metrics = aiter(body), metrics

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await anext(self._body)
        self._metrics.add(UPLOAD_BYTES, amount=len(chunk))
        return chunk
