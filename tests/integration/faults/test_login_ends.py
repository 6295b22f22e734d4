"""A login that ends in one process ends its streams in the others at once, not at their next check."""

import asyncio
from dataclasses import dataclass

import httpx
from click.testing import CliRunner

from playhead.cli import main
from tests.support.readers import Reader, all_have, following
from tests.support.site import Person, Site, Web
from tests.support.waiting import async_until

EMAIL, PASSWORD = "login.ends@example.org", "correct horse battery"
READERS = 3
INTERVAL_S = 1.0


@dataclass(frozen=True)
class Browser(Person):
    """A person with a login cookie."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.token}


async def test_sign_out_at_one_process_ends_streams_at_another(site: Site, web: Web, other_web: Web) -> None:
    async with httpx.AsyncClient(base_url=f"{web.url}/api/v1", trust_env=False, verify=False) as client:
        client.headers["X-Requested-With"] = "playhead"
        (await client.post("/auth/register", json={"email": EMAIL, "password": PASSWORD})).raise_for_status()
        ada = (await client.get("/me")).json()["id"]
        token = (await client.post("/tokens", json={"name": "test"})).json()
        login = cookies_of(client)
        with site.worker(site.session(Person(ada, ""))) as worker, worker.at_work(INTERVAL_S):
            readers = {
                who: [Reader(other_web.port, who, worker.session_id) for _ in range(READERS)]
                for who in (Person(ada, token["secret"]), Browser(ada, login))
            }
            by_token, by_login = readers.values()
            async with following(by_token + by_login):
                await all_get_a_heartbeat(by_token + by_login)
                (await client.delete(f"/tokens/{token['id']}")).raise_for_status()
                await all_are_signed_out(by_token)
                await all_have(by_login, worker.newest.version + 1)
                assert [len(reader.visits) for reader in by_login] == [1] * READERS, "the other login goes on"
                (await client.post("/auth/logout")).raise_for_status()
                await all_are_signed_out(by_login)


async def test_new_password_and_sign_out_end_streams_of_other_logins(site: Site, web: Web, other_web: Web) -> None:
    base, ours = f"{web.url}/api/v1", {"X-Requested-With": "playhead"}
    body = {"email": "password@example.org", "password": PASSWORD}
    async with (
        httpx.AsyncClient(base_url=base, headers=ours, trust_env=False, verify=False) as here,
        httpx.AsyncClient(base_url=base, headers=ours, trust_env=False, verify=False) as elsewhere,
    ):
        (await here.post("/auth/register", json=body)).raise_for_status()
        (await elsewhere.post("/auth/login", json=body)).raise_for_status()
        ada = (await here.get("/me")).json()["id"]
        session = site.session(Person(ada, ""))
        mine, others = (
            [Reader(port, Browser(ada, cookies_of(client)), session) for port in (web.port, other_web.port)]
            for client in (here, elsewhere)
        )
        async with following(mine + others):
            await all_get_a_heartbeat(mine + others)
            change = {"password": PASSWORD, "new_password": "another horse battery"}
            (await here.post("/auth/password", json=change)).raise_for_status()
            await all_are_signed_out(others)
            assert [len(reader.visits) for reader in mine] == [1, 1], "the login that changed it goes on"
            assert [reader.visits[0].goodbye for reader in mine] == [None, None]
            environ = {"DATABASE_URL": site.database_url, "REDIS_URL": site.redis.url, "DATA_DIR": str(site.folder)}
            done = await asyncio.to_thread(CliRunner().invoke, main, ["user", "sign-out", body["email"]], env=environ)
            assert done.exit_code == 0, done.output
            await all_are_signed_out(mine)


def cookies_of(client: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def test_removing_a_person_ends_their_streams(site: Site, web: Web) -> None:
    person = site.person()
    environ = {"DATABASE_URL": site.database_url, "REDIS_URL": site.redis.url, "DATA_DIR": str(site.folder)}
    readers = [Reader(web.port, person, site.session(person)) for _ in range(READERS)]
    async with following(readers):
        await all_get_a_heartbeat(readers)
        remove = ["user", "remove", f"{person.id}@example.org", "--yes"]
        done = await asyncio.to_thread(CliRunner().invoke, main, remove, env=environ)
        assert done.exit_code == 0, done.output
        await all_are_signed_out(readers)


async def all_get_a_heartbeat(readers: list[Reader]) -> None:
    """Waits for the first heartbeat, a second after a stream began; at the next, in a minute, each checks anyway."""
    await async_until(
        lambda: all(reader.visits and reader.visits[0].heartbeats for reader in readers), "all are followed"
    )


async def all_are_signed_out(readers: list[Reader]) -> None:
    await async_until(lambda: all(reader.visits[0].goodbye for reader in readers), "all get a goodbye")
    assert {str((reader.visits[0].goodbye or {})["reason"]) for reader in readers} == {"signed_out"}
