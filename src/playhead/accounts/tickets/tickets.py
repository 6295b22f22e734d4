"""Issues tickets, and takes each back once: the one place that decides whether a ticket is good."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from playhead.accounts.models import Credential
from playhead.accounts.tickets.ports import LIFE_S, Purpose, Ticket, TicketStore
from playhead.errors import Problem
from playhead.live.clock import now

SECRET_BYTES = 32
"""256 bits: cannot be guessed, so a fast digest is enough in the store."""
DIGEST_BYTES = 32
RETRY_AFTER_S = 5
"""When a page may ask again while the store is away, or while ten other tabs are about to use their tickets; it polls
meanwhile."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A ticket, in the only moment in which its secret is there."""

    secret: str
    expires_at: datetime


class Tickets:
    """Issues and takes the tickets of streams."""

    def __init__(self, store: TicketStore) -> None:
        self._store = store

    async def issue(self, user_id: str, credential: Credential, session_id: str | None) -> Issued:
        """A ticket for one stream: of a session, or of all (None).

        Raises:
            Problem: 429 `too_many_tickets`, or 503 `store_gone`.
        """
        secret = secrets.token_urlsafe(SECRET_BYTES)
        ticket = Ticket(user_id=user_id, credential=credential, session_id=session_id)
        expires_at = now() + timedelta(seconds=LIFE_S)
        try:
            is_kept = await self._store.keep(digest_of(secret), ticket)
        except OSError as error:
            raise _store_gone() from error
        if not is_kept:
            sentence = "Too many of your tickets are unused: try again a little later."
            raise Problem(429, "too_many_tickets", sentence, retry_after_s=RETRY_AFTER_S)
        return Issued(secret, expires_at)

    async def take(self, secret: str, session_id: str | None) -> Ticket:
        """The ticket with this secret, which is spent by that, also where it is for another session.

        Raises:
            Problem: 401 `ticket_refused`, or 503 `store_gone`.
        """
        try:
            ticket = await self._store.spend(digest_of(secret))
        except OSError as error:
            raise _store_gone() from error
        if ticket is None or (ticket.purpose, ticket.session_id) != (Purpose.STREAM, session_id):
            raise ticket_refused()
        return ticket

    async def aclose(self) -> None:
        await self._store.aclose()


def ticket_refused() -> Problem:
    sentence = "This ticket was used, has expired, or is for something else: ask for another."
    return Problem(401, "ticket_refused", sentence)


def digest_of(secret: str) -> str:
    """What is kept of a ticket. A text that is no ticket has a digest, too, and nobody's."""
    return blake2b(secret.encode(errors="surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def _store_gone() -> Problem:
    sentence = "Tickets cannot be kept now: poll meanwhile."
    return Problem(503, "store_gone", sentence, retry_after_s=RETRY_AFTER_S)
