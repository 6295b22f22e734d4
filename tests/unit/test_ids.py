"""Whatever is no id of ours equals one that is absent."""

import pytest

from playhead.ids import NIL, canonical
from playhead.sessions.models import new_id


def test_id_of_ours_is_itself() -> None:
    made = new_id()
    assert canonical(made) == made


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "a\0b",
        "\ud800",
        new_id().upper(),
        f"{{{new_id()}}}",
        f"{new_id()}\n",
        f" {new_id()}",
        new_id()[:-1],
        9 * "9",
    ],
)
def test_anything_else_is_the_absent_id(given: str) -> None:
    assert canonical(given) == NIL
