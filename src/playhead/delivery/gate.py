"""The flags as the gate of the live kernel, for people as the app knows them."""

from collections.abc import Callable

from playhead.accounts.models import User
from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.rollout import OF_CANARIES, Rollout
from playhead.flags.answers.tuning import Tuning
from playhead.live.policy import Reason

NoteAnswer = Callable[[str, Rollout, StreamAnswer], None]
"""Notes what the flags answered about a person, and the rollout by which they did. Returns at once."""


class FlagsGate:
    """Asks the flags about a user. `note`: by default no answer is noted."""

    def __init__(self, gate: Gate, note: NoteAnswer | None = None) -> None:
        self._gate = gate
        self._note = note

    def may_stream(self, person: User) -> Reason:
        answer = self._gate.streams_allowed(person.id, person.is_admin)
        if self._note is not None:
            by = OF_CANARIES if person.is_canary else self._gate.rollout_for(person.id, person.is_admin)
            self._note(person.id, by, answer)
        return Reason(answer)

    def may_wait(self, person: User) -> bool:
        return self._gate.long_poll_allowed(person.id, person.is_admin)

    def may_have_words(self, person: User) -> bool:
        """Whether this person may have the transcript while the session is processed."""
        return self._gate.live_transcript_allowed(person.id, person.is_admin)

    def tuning(self, person: User) -> Tuning:
        return self._gate.tuning(person.id, person.is_admin)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self._gate.on_change(callback)
