import pytest

from playhead.text import one_line


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
