import os
from datetime import timedelta

from playhead.uploads.orphans import OLD, collect, key_of
from playhead.uploads.storage import Storage
from tests.unit.accounts.rooms import sign_up
from tests.unit.uploads.world import FLAC, World, send


async def test_recordings_of_no_session_go_when_they_are_old(world: World) -> None:
    client = world.app.test_client()
    await sign_up(client)
    made = await (await send(client)).get_json()
    storage = Storage.from_url(world.folder.as_uri())
    for name in ("left-by-a-crash", "half#1", "still-coming", "coming#1"):
        (world.folder / key_of(name)).write_bytes(FLAC)
    (world.folder / "not-ours").write_bytes(FLAC)
    for path in world.files():
        if "coming" not in path.name:
            os.utime(path, (0, 0))
    assert await collect(world.database, storage) == 2
    assert {path.name for path in world.files()} == {made["id"], "still-coming", "coming#1", "not-ours"}
    assert await collect(world.database, storage, -OLD) == 2
    assert await collect(world.database, storage, timedelta()) == 0
    assert {path.name for path in world.files()} == {made["id"], "not-ours"}
