"""What is made from the tables of formats is up to date."""

from pathlib import Path

import pytest
from infra.formats.files import FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_as_the_tables_make_it(path: Path) -> None:
    assert path.read_text() == FILES[path](), "run `python -m infra.formats`"
