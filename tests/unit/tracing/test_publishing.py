"""Publishing is recorded for the first status of each stage, and passes on whatever becomes of the record."""

from collections.abc import Sequence

from structlog.testing import capture_logs

from playhead.live.broker.ports import Sending
from playhead.sessions.status import Stage, Status
from playhead.tracing.ids import attempt_of, root_of
from playhead.tracing.publishing import TracedSender
from tests.support.fakes import a_status
from tests.unit.tracing.recorded import TRACE_ID, Recorded, attributes, ids


class Taker:
    """A sender that takes all but the refused versions."""

    def __init__(self, *refused: int) -> None:
        self.refused, self.calls = refused, list[object]()

    def send(self, batch: Sequence[Sending[Status]]) -> Sequence[Sending[Status]]:
        self.calls.append([status.version for status, _ in batch])
        return [sending for sending in batch if sending[0].version in self.refused]

    def next_epoch(self, job_id: str) -> int:
        return 7

    def login_ended(self, owner_id: str) -> None:
        self.calls.append(owner_id)

    def close(self) -> None:
        self.calls.append("close")


def of(stage: Stage, version: int, trace_id: str = TRACE_ID) -> Sending[Status]:
    return a_status(stage, version, trace_id=trace_id), "ada"


def test_first_status_of_each_stage_and_attempt_is_a_span() -> None:
    recorded, taker = Recorded(), Taker()
    sender = TracedSender(taker, recorded.spans)
    sender.send([of(Stage.QUEUED, 1)])
    sender.send([of(Stage.QUEUED, 2), of(Stage.DECODING, 1_000_001)])
    sender.send([of(Stage.DECODING, 1_000_002), of(Stage.DECODING, 2_000_001)])
    spans = recorded.all()
    assert [attributes(span)["playhead.version"] for span in spans] == [1, 1_000_001, 2_000_001]
    trace = int(TRACE_ID, 16)
    parents = [root_of(trace), attempt_of(trace, 1), attempt_of(trace, 2)]
    assert [ids(span) for span in spans] == [(TRACE_ID, f"{parent:016x}") for parent in parents]


def test_refused_or_untraced_status_and_a_stage_left_out_are_no_spans() -> None:
    recorded, taker = Recorded(), Taker(1_000_001)
    sender = TracedSender(taker, recorded.spans, besides={Stage.QUEUED})
    untraced = a_status(Stage.FINALIZING, 1_000_003), "ada"
    refused = of(Stage.DECODING, 1_000_001)
    assert sender.send([of(Stage.QUEUED, 1), refused, untraced]) == [refused]
    assert recorded.all() == []
    assert taker.calls == [[1, 1_000_001, 1_000_003]]


def test_all_else_is_passed_on() -> None:
    taker = Taker()
    sender = TracedSender(taker, Recorded().spans)
    sender.login_ended("ada")
    sender.close()
    assert (sender.next_epoch("s"), taker.calls) == (7, ["ada", "close"])


def test_fault_of_the_record_does_not_reach_the_publisher() -> None:
    sender = TracedSender(Taker(), Recorded().spans)
    with capture_logs() as lines:
        assert sender.send([of(Stage.DECODING, 1_000_001, trace_id="no hexadecimal number")]) == []
        assert sender.send([of(Stage.DECODING, 2_000_001, trace_id="nor this")]) == []
    assert len(lines) <= 1
