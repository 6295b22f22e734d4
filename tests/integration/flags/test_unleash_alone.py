"""Unleash connects to nobody but its database."""

import re
from urllib.parse import urlsplit

from tests.support.unleash import Unleash


def test_unleash_connects_to_nobody_but_its_database(unleash: Unleash) -> None:
    unleash.program.wait_for("Checking for newest version")  # so it says even if it then does not
    assert unleash.personal_token  # it has done much since
    told = set(re.findall(r"connects to (\S+)", unleash.program.out + unleash.program.err))
    assert told == {f"127.0.0.1:{urlsplit(unleash.database_url).port}"}
