"""Asks the app's callbacks who sends a request, and which jobs they may see."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from playhead.live.endpoints import Visitor, not_signed_in
from playhead.live.gate import P, id_of, is_somebody
from playhead.live.http import Request
from playhead.live.job import Document
from playhead.live.reading import Maybe, job_not_found, ready

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Access(Generic[P]):
    """Who asks, and what they own, as the app says; its arguments are those of `Live`."""

    who: Callable[[Request], Maybe[P | None]]
    owns: Callable[[P, str], Maybe[bool]] | None

    async def person(self, request: Request) -> P:
        """Who sends a request. Raises Problem 401 for nobody."""
        if (person := await self._present(request)) is None:
            raise not_signed_in()
        return person

    async def check_id(self, person: P, job_id: str) -> None:
        """Raise Problem 404 unless the person may see the job, as far as its id says."""
        if not await self._owns(person, job_id):
            raise job_not_found()

    def check_owner(self, person: P, document: Document) -> None:
        """Raise Problem 404 unless the person owns the document; with `owns` its id has been checked instead."""
        if self.owns is None and getattr(document, "owner", None) != id_of(person):
            raise job_not_found()

    def visitor(self, request: Request, person: P, job_id: str | None = None) -> Visitor[P]:
        """The person, and how to ask again. Callbacks that fail change nothing: the next heartbeat asks again.

        Args:
            job_id: of the job that is read; None: all jobs of the person.
        """

        async def recheck(last: P) -> P | None:
            try:
                present = await self._present(request)
                if present is not None and job_id is not None and not await self._owns(present, job_id):
                    return None
            except Exception as error:  # noqa: BLE001 - of the app's callbacks
                logger.warning("who reads a stream cannot be read: %r", error)
                return last
            return present

        return Visitor(person, recheck)

    async def _present(self, request: Request) -> P | None:
        person = await ready(self.who(request))
        return person if is_somebody(person) else None

    async def _owns(self, person: P, job_id: str) -> bool:
        return self.owns is None or bool(await ready(self.owns(person, job_id)))
