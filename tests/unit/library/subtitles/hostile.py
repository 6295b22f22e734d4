"""Makes segments of any kind for property tests."""

from hypothesis import strategies as st

from playhead.sessions.facts import Word
from playhead.sessions.models import Segment

PHRASES = [
    "Yes.",
    "So I was thinking about it, and I believe that we should wait until the end of the month.",
    "Dr. Smith did not agree with any of the arguments that we had made before the meeting",
    "今日は天気がとても良いので、公園に散歩に行きましょう。",
    "我们今天讨论的是气候变化对农业的影响以及未来的发展方向",
    "วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะกันเถอะ",
    "ព្រះរាជាណាចក្រកម្ពុជា",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "می‌خواهم 👨‍👩‍👧 ببینم",
    "a --> b <b>bold</b> <i & {\\an8} c--\u202a>d",
    "\0 \u202e\u2028 \r\n",
    "w" * 130,
    "漢" * 70,
    "00:00:01,000 --> 00:00:02,000",
    "42",
]
texts = st.lists(st.sampled_from(PHRASES) | st.text(max_size=12), min_size=0, max_size=3).map(" ".join)
times = st.floats(-1, 70) | st.sampled_from([0.0, 5.0, 5.0001, float("inf"), float("nan"), 1e12])


@st.composite
def segments(draw: st.DrawFn, *, in_order: bool = False) -> list[Segment]:
    """A transcript: with any times, or with those of speech, with or without words and channels."""
    made, now = [], 0.0
    channels: list[int | None] = [1, 2] if draw(st.booleans()) else [None]
    for index in range(draw(st.integers(0, 8))):
        text = draw(texts)
        if in_order:
            start = now = now + draw(st.floats(0, 3))
            end = now = now + draw(st.floats(0.1, 9))
        else:
            start, end = draw(times), draw(times)
        words: tuple[Word, ...] = ()
        if draw(st.booleans()):
            step = draw(st.sampled_from([-1.0, 0.0, 0.3, 3.0]))
            words = tuple(
                Word(start + at * step, start + at * step + 0.25, word) for at, word in enumerate(text.split())
            )
        made.append(Segment(index, start, end, text, draw(st.sampled_from(channels)), words))
    return made
