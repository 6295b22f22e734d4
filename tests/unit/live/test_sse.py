"""What is encoded is what a browser dispatches: the standard's own examples, and any text at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.live.sse import Event, encode
from tests.support.event_stream import Parser, Received, parse

EXAMPLES = {
    b"data: YHOO\ndata: +2\ndata: 10\n\n": [Received("message", "YHOO\n+2\n10", "")],
    b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n": [
        Received("message", "first event", "1"),
        Received("message", "second event", ""),
        Received("message", " third event", ""),
    ],
    b"data\n\ndata\ndata\n\ndata:": [Received("message", "", ""), Received("message", "\n", "")],
    b"data:test\n\ndata: test\n\n": [Received("message", "test", "")] * 2,
    b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n": [
        Received("add", "73857293", ""),
        Received("remove", "2153", ""),
        Received("add", "113411", ""),
    ],
}
"""Of §9.2.1 and §9.2.6, with what the standard says is dispatched."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


@pytest.mark.parametrize("stream", EXAMPLES)
def test_parser_of_these_tests_reads_the_examples_of_the_standard(stream: bytes) -> None:
    assert parse(stream) == EXAMPLES[stream]
    assert parse(stream.replace(b"\n", b"\r")) == parse(stream.replace(b"\n", b"\r\n")) == EXAMPLES[stream]


@pytest.mark.parametrize("stream", EXAMPLES)
def test_events_of_the_examples_can_be_said(stream: bytes) -> None:
    said = b"".join(encode(Event(event=item.event, data=item.data, id=item.last_event_id)) for item in EXAMPLES[stream])
    assert parse(said) == EXAMPLES[stream]


def test_event_is_one_block_of_lines() -> None:
    event = Event(event="status", id="1000017", data='{"a":1}\n{"b":2}', retry_ms=2000)
    assert encode(event) == b'retry: 2000\nevent: status\nid: 1000017\ndata: {"a":1}\ndata: {"b":2}\n\n'
    parser = Parser()
    assert list(parser.parse(encode(event))) == [Received("status", '{"a":1}\n{"b":2}', "1000017")]
    assert parser.reconnection_ms == 2000


@given(data=TEXT, name=LINE.filter(bool), last_id=LINE)
def test_any_text_arrives_as_it_was_but_for_the_kind_of_its_line_ends(data: str, name: str, last_id: str) -> None:
    sent = encode(Event(event=name, data=data, id=last_id))
    assert parse(sent * 2) == [Received(name, re.sub("\r\n|\r", "\n", data), last_id)] * 2


@given(st.lists(TEXT, min_size=1))
def test_data_never_forges_an_event(texts: list[str]) -> None:
    sent = b"".join(encode(Event(data=f"data: x\n\nevent: forged\nid: 9\n{text}")) for text in texts)
    received = parse(sent)
    assert len(received) == len(texts)
    assert {(item.event, item.last_event_id) for item in received} == {("message", "")}


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["a\ndata: forged", "a\rb", "a\r\nb", "\n", "a\0"])
def test_field_that_would_forge_another_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{field} must be one line"):
        encode(Event(data="x", event=value) if field == "event" else Event(data="x", id=value))
