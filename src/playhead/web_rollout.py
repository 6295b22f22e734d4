"""What a web process does for a rollout of streams: it looks, moves the slider, and takes orders."""

from collections.abc import Sequence
from functools import partial

from quart import Blueprint

from playhead.background import Job
from playhead.config import Settings
from playhead.db import Database
from playhead.flags.answers.gate import Gate
from playhead.rollout import notices, retention, routes
from playhead.rollout.actor import Actor
from playhead.rollout.acts import Acts
from playhead.rollout.orders import Orders
from playhead.rollout.slider import open_slider
from playhead.rollout.timings import Timings
from playhead.webhooks import outbox
from playhead.webhooks.outbox import Sender


class WebRollout:
    """The parts of one web process. Create it in its event loop."""

    def __init__(self, database: Database, settings: Settings, gate: Gate, timings: Timings) -> None:
        self.slider = open_slider(settings, database, gate)
        acts = Acts(database, self.slider, timings)
        self.orders = Orders(acts)
        self._actor = Actor(acts)
        decisions = notices.outbox(settings.public_url)
        self._notices = Sender(database, decisions, settings.rollout_webhook, settings.webhook_secret)
        self._database = database
        self._telemetry = settings.telemetry == "on"
        self._timings = timings

    def blueprints(self) -> Sequence[Blueprint]:
        """The routes for admins."""
        return (routes.routes(self._database, self.slider, self.orders, telemetry=self._telemetry),)

    def jobs(self) -> Sequence[Job]:
        """What is done again and again."""
        delete_old = partial(self._database.run, retention.delete_old)
        return [
            Job(name="rollout", every_s=self._timings.look_s, work=self._actor.round),
            Job(name="notices", every_s=outbox.EVERY_S, work=self._notices.send_due),
            Job(name="old rollouts", every_s=retention.EVERY_S, work=delete_old, is_shared=True),
        ]
