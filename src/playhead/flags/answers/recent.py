"""Keeps what the flags answered about people a moment ago: opening a stream asks the same questions again and again."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

KEPT_S = 1.0
"""How long an answer holds while the flags stay: half of the 2 s within which readers obey, because a strategy may look
at the time or draw at random, and the engine may get a change after its notice if the next one follows at once."""
MOST = 10_000
"""Answers that are kept at once, 2 MB: five about each of 2,000 readers who connect within a second."""


@dataclass(frozen=True, slots=True)
class _Second:
    """The answers of one second, by one document of flags."""

    document: str
    ends_at: float
    answers: dict[Hashable, Any] = field(default_factory=dict)


class Recent:
    """The answers of the last second. Used from any thread, without a lock.

    Nothing is kept while the source changes its flags: between the moments in which its document and its engine become
    the new ones, an answer may be by either. If the notice of the change is lost, nothing is kept until the next one.
    After a change, whoever still asks by the flags of before keeps the answer where nobody looks any more.
    """

    def __init__(self, document: str, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        """`document`: by which the source's engine answers now."""
        self._clock = clock
        self._most = most
        self.settle(document)

    def settle(self, document: str) -> None:
        """Forget everything, and keep answers again: the source's engine answers by this document from now on."""
        self._second = _Second(document, 0.0)
        self._settled = document

    def answer(self, document: str, question: Hashable, ask: Callable[[], T]) -> T:
        """The kept answer to this question, or that of `ask`, whose errors are not kept.

        Args:
            document: the source's now. The same text in another object is another document: it was changed meanwhile.
            question: with all that its answer depends on, except the flags.
            ask: asks the engine.
        """
        if document is not self._settled:
            return ask()
        second, present = self._second, self._clock()
        if second.document is not document or present >= second.ends_at:
            second = self._second = _Second(document, present + KEPT_S)
        answer: T | None = second.answers.get(question)
        if answer is None:
            answer = ask()
            if len(second.answers) >= self._most:
                second.answers.clear()
            second.answers[question] = answer
        return answer
