"""The flags as the gate of the live kernel, for people as the app knows them."""

from collections.abc import Callable

from playhead.accounts.models import User
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.tuning import Tuning
from playhead.live.policy import Reason


class FlagsGate:
    """Asks the flags about a user."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def may_stream(self, person: User) -> Reason:
        return Reason(self._gate.streams_allowed(person.id, person.is_admin))

    def may_wait(self, person: User) -> bool:
        return self._gate.long_poll_allowed(person.id, person.is_admin)

    def may_have_words(self, person: User) -> bool:
        """Whether this person may have the transcript while the session is processed."""
        return self._gate.live_transcript_allowed(person.id, person.is_admin)

    def tuning(self, person: User) -> Tuning:
        return self._gate.tuning(person.id, person.is_admin)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self._gate.on_change(callback)
