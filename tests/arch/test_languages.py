"""The languages that the page offers are those that the service takes."""

import re
from pathlib import Path

from playhead.uploads import languages

OFFERED = Path(__file__).parents[2] / "src" / "web" / "app" / "src" / "lib" / "languages.ts"


def test_page_offers_every_language_that_is_taken() -> None:
    (codes,) = re.findall(r"CODES = \[(.*?)\]", OFFERED.read_text(), re.DOTALL)
    assert set(re.findall(r"'(\w+)'", codes)) == languages.CODES
