"""A database that does not answer is logged."""

import pytest
from structlog.testing import capture_logs

from playhead.db import Database, DatabaseGone


async def test_unreachable_database_is_logged_once_a_minute() -> None:
    database = Database("sqlite:////nowhere/db")
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(DatabaseGone):
                await database.ping()
    assert [line["event"] for line in lines] == ["the database does not answer"]
    assert "unable to open" in lines[0]["error"]
    await database.close()
