import pytest

from playhead.text import one_line, size


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\nlines\t here ", "two lines here"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_text_is_put_on_one_line_with_its_joiners(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (62_500_000, "62.5 MB"),
        (5 * 10**13, "50 TB"),
    ],
)
def test_size_has_three_digits(count: int, text: str) -> None:
    assert size(count) == text
