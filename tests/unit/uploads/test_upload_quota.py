"""An upload beyond a quota is refused before it is received, or at its end, and leaves nothing."""

from pathlib import Path

import pytest

from playhead.quotas import Quotas
from tests.unit.accounts.rooms import code, sign_up
from tests.unit.uploads.world import FLAC, send, world_in


@pytest.mark.parametrize(
    ("quotas", "refusal"),
    [(Quotas(queued=1), (429, "over_quota")), (Quotas(bytes=2 * len(FLAC) - 1), (403, "over_quota"))],
)
async def test_file_beyond_the_quota_leaves_nothing(tmp_path: Path, quotas: Quotas, refusal: tuple[int, str]) -> None:
    async with world_in(tmp_path, quotas=quotas) as world:
        client = world.app.test_client()
        await sign_up(client)
        assert (await send(client)).status_code == 201
        response = await send(client)
        assert await code(response) == refusal
        assert ("Retry-After" in response.headers) == (refusal[0] == 429)
        assert len(world.files()) == len(world.enqueued) == 1


async def test_quota_is_of_one_person(tmp_path: Path) -> None:
    async with world_in(tmp_path, quotas=Quotas(queued=1)) as world:
        for email in ("ada@example.org", "bob@example.org"):
            client = world.app.test_client()
            await sign_up(client, email)
            assert (await send(client)).status_code == 201


async def test_full_queue_refuses_before_the_file_is_read(tmp_path: Path) -> None:
    async with world_in(tmp_path, quotas=Quotas(queued=1)) as world:
        client = world.app.test_client()
        await sign_up(client)
        await send(client)
        assert await code(await send(client, content=b"")) == (429, "over_quota")
