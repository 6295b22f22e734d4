"""The notices of a canary that its site cannot be reached, when the site's own alerts are silent."""

from collections import deque
from dataclasses import dataclass, field, replace

import click

from playhead.cli.canary_round import Round
from playhead.monitoring.alerts.incidents import Incident
from playhead.monitoring.alerts.notice import body_of
from playhead.webhooks.outbox import message_id
from playhead.webhooks.post import Webhook

ALERT = "SiteUnreachable"
ROUNDS = 2
"""Rounds in a row without the site that begin an incident: a restart takes less than a minute."""
WAITING_MAX = 100
"""Notices that wait while the webhook takes none, of several hours at least; the oldest are dropped beyond it."""


@dataclass(slots=True, kw_only=True)
class Notices:
    """Notes each round, and posts what is due; what is not taken is tried again after the next round.

    Args:
        address: of the site.
        webhook: where notices go.
    """

    address: str
    webhook: Webhook
    missed: list[Round] = field(default_factory=list)
    """The first rounds in a row without the site, `ROUNDS` at most."""
    incident: Incident | None = None
    """The one that goes on."""
    waiting: deque[tuple[str, bytes]] = field(default_factory=lambda: deque(maxlen=WAITING_MAX))
    """The ids and bodies of notices, in their order."""

    async def note(self, found: Round) -> None:
        """Notes a round, and posts the begin or the end of an incident."""
        if found.outcome != "unreachable":
            self.missed.clear()
            self._end(found)
        elif len(self.missed) < ROUNDS:
            self.missed.append(found)
            if len(self.missed) == ROUNDS:
                self._begin(found)
        while self.waiting:
            answer = await self.webhook.post(*self.waiting[0])
            if not answer.is_taken:
                click.echo(f"A notice was not taken: {answer.trouble}. The next round tries it again.", err=True)
                return
            self.waiting.popleft()

    def _begin(self, found: Round) -> None:
        self.incident = Incident(
            id=0,
            alert=ALERT,
            severity="page",
            summary=f"{self.address} cannot be reached: {found.why}",
            value=None,
            begun_at=self.missed[0].at,
            ended_at=None,
            notice_at=None,
            notice_tries=0,
            begin_noticed_at=None,
            end_noticed_at=None,
        )
        self._put(self.incident, "begin", is_over=False)

    def _end(self, found: Round) -> None:
        if self.incident is not None:
            self._put(replace(self.incident, ended_at=found.at), "end", is_over=True)
            self.incident = None

    def _put(self, incident: Incident, kind: str, *, is_over: bool) -> None:
        name = message_id(f"canary-{kind}", 0, incident.begun_at)
        self.waiting.append((name, body_of(incident, self.address, is_over=is_over)))
