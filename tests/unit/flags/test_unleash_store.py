import json
from collections.abc import Iterator

import pytest

from playhead.errors import ConfigError
from playhead.flags.administration.store import Refusal, Unreachable
from playhead.flags.administration.unleash_store import UnleashStore
from playhead.flags.answers.engine import MalformedFlags
from playhead.flags.file.export import read, write
from tests.support.flags_data import FlagsData

from .admin_server import ENVIRONMENT, EXPORT, IMPORT, VALID, VALIDATE, AdminServer, refusal

STREAM = "sse.status-stream"
FLAG = f"projects/default/features/{STREAM}/environments/development"
TOKEN = "user:mine"


@pytest.fixture
def server() -> Iterator[AdminServer]:
    running = AdminServer(FlagsData().export)
    yield running
    running.close()


@pytest.fixture
def store(server: AdminServer) -> UnleashStore:
    return UnleashStore(server.url, TOKEN, "development")


@pytest.mark.parametrize("end", ["", "/", "/api", "/api/"])
def test_flags_are_read_whether_or_not_the_address_names_the_api(server: AdminServer, end: str) -> None:
    store = UnleashStore(server.url + end, TOKEN, "development")
    assert write(store.read()) == write(read(FlagsData().text().encode()))
    assert server.tokens == {TOKEN}
    assert server.asked[-1] == ("POST", EXPORT, {"project": "default", "environment": "development"})


def test_a_flag_with_segments_can_be_read_but_not_brought(server: AdminServer, store: UnleashStore) -> None:
    server.answers[EXPORT] = (200, FlagsData().strategy(STREAM, segments=[3]).text())
    flags = store.read()
    assert flags.strategies(STREAM)[0].segments == [3]
    with pytest.raises(MalformedFlags, match="what a segment is"):
        store.bring(flags)
    assert IMPORT not in {path for _, path, _ in server.asked}


def test_a_switch_is_flipped(server: AdminServer, store: UnleashStore) -> None:
    server.answers |= {f"{FLAG}/on": (200, ""), f"{FLAG}/off": (200, "")}
    store.turn(STREAM, on=True)
    store.turn(STREAM, on=False)
    assert [path for _, path, _ in server.asked] == [f"{FLAG}/on", f"{FLAG}/off"]


def test_the_slider_of_the_strategy_for_everybody_is_moved(server: AdminServer, store: UnleashStore) -> None:
    listed = [
        {
            "id": "a",
            "name": "flexibleRollout",
            "title": None,
            "constraints": [{"contextName": "admin", "operator": "IN"}],
        },
        {"id": "b/c", "name": "flexibleRollout", "title": None, "constraints": []},
    ]
    server.answers |= {f"{FLAG}/strategies": (200, json.dumps(listed)), f"{FLAG}/strategies/b%2Fc": (200, "{}")}
    store.roll_out(STREAM, 25)
    move = {"op": "add", "path": "/parameters/rollout", "value": "25"}
    assert server.asked[-1] == ("PATCH", f"{FLAG}/strategies/b%2Fc", [move])


def test_flag_without_a_slider_is_refused(server: AdminServer, store: UnleashStore) -> None:
    server.answers[f"{FLAG}/strategies"] = (200, "[]")
    with pytest.raises(Refusal, match="has no slider"):
        store.roll_out(STREAM, 25)


def test_dependencies_that_the_import_leaves_are_taken_away(server: AdminServer, store: UnleashStore) -> None:
    data = FlagsData()
    data.export["dependencies"] = []
    gone = f"projects/default/features/{STREAM}/dependencies/sse.allowed"
    server.answers[gone] = (200, "")
    store.bring(read(data.text().encode()))
    assert server.asked[-1] == ("DELETE", gone, None)


def test_links_and_variants_that_the_import_leaves_are_taken_away(server: AdminServer, store: UnleashStore) -> None:
    present = FlagsData()
    switches = present.export["featureEnvironments"]
    for switch in switches:
        switch["variants"] = [{"name": "a", "weight": 1000}] * (switch["featureName"] in {STREAM, "sse.tuning"})
    server.answers |= {EXPORT: (200, present.text()), f"{FLAG}/variants": (200, "{}")}
    wanted = FlagsData()
    wanted.export["featureEnvironments"] = [one for one in switches if one["featureName"] != STREAM]
    wanted.export["links"] = [{"feature": "sse.tuning", "links": [{"url": "https://example.org"}]}]
    store.bring(read(wanted.text().encode()))
    (brought,) = (body["data"] for _, path, body in server.asked if path == IMPORT)
    links = {one["feature"]: [link["url"] for link in one["links"]] for one in brought["links"]}
    assert links.pop("sse.tuning") == ["https://example.org"]
    assert list(links.values()) == [[]] * 4
    assert server.asked[-1] == ("PUT", f"{FLAG}/variants", [])
    assert [method for method, _, _ in server.asked].count("PUT") == 1


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_server_of_this_machine_is_asked_without_a_proxy(
    server: AdminServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for known in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(known, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert UnleashStore(server.url, TOKEN, "development").read().names
    assert UnleashStore(server.url.replace("127.0.0.1", "localhost"), TOKEN, "development").read().names


def test_a_token_may_be_pasted_with_its_end_of_line(server: AdminServer) -> None:
    assert UnleashStore(server.url, f" {TOKEN}\n", "development").read().names
    assert server.tokens == {TOKEN}


@pytest.mark.parametrize("token", ["user:“mine”", "user:\nmine"])
def test_what_can_be_no_token_is_said(server: AdminServer, token: str) -> None:
    with pytest.raises(ConfigError, match="UNLEASH_ADMIN_TOKEN is wrong"):
        UnleashStore(server.url, token, "development")


@pytest.mark.parametrize(
    ("path", "status", "body", "sentence"),
    [
        (ENVIRONMENT, 401, refusal("You must log in"), "does not know the token"),
        (EXPORT, 403, '{"message": "wrong type."}', r"does not allow the token to do this: wrong type\. It"),
        (ENVIRONMENT, 404, refusal("no such environment."), r"refuses \(404\): no such environment\.$"),
        (ENVIRONMENT, 404, "", r"does not answer as Unleash does \(status 404\)"),
        (ENVIRONMENT, 404, "{}", r"does not answer as Unleash does \(status 404\)"),
        (ENVIRONMENT, 302, "", r"does not answer as Unleash does \(status 302\)"),
        (EXPORT, 200, "<html>Welcome to the hotel</html>", r"does not answer as Unleash does \(status 200\)"),
        (EXPORT, 200, '{"features": []}', r"does not answer as Unleash does \(status 200\)"),
        (EXPORT, 500, refusal("column not found"), r"refuses \(500\): column not found"),
    ],
)
def test_a_refusal_is_one_clear_sentence(
    server: AdminServer, store: UnleashStore, path: str, status: int, body: str, sentence: str
) -> None:
    server.answers[path] = (status, body)
    with pytest.raises(Refusal, match=sentence) as refused:
        store.read()
    assert str(refused.value).startswith(f"Unleash at {server.url} ")


@pytest.mark.parametrize(
    ("path", "status", "body", "sentence"),
    [
        (IMPORT, 400, refusal("You can't use an admin token to import features."), "personal access token"),
        (
            VALIDATE,
            200,
            json.dumps(
                VALID | {"errors": [{"message": "These need to be created first:", "affectedItems": ["a", "b"]}]}
            ),
            "refuses the flags: These need to be created first: a, b.$",
        ),
        (
            VALIDATE,
            200,
            json.dumps(VALID | {"warnings": [{"message": "These are archived.", "affectedItems": []}]}),
            "refuses the flags: These are archived.$",
        ),
    ],
)
def test_flags_that_the_server_does_not_take_are_said(
    server: AdminServer, store: UnleashStore, path: str, status: int, body: str, sentence: str
) -> None:
    server.answers[path] = (status, body)
    with pytest.raises(Refusal, match=sentence):
        store.bring(read(FlagsData().text().encode()))


def test_that_flags_will_be_overwritten_is_no_reason_to_refuse(server: AdminServer, store: UnleashStore) -> None:
    warning = {"message": "These exist already and will be overwritten:", "affectedItems": ["sse.allowed"]}
    server.answers[VALIDATE] = (200, json.dumps(VALID | {"warnings": [warning]}))
    store.bring(read(FlagsData().text().encode()))
    assert IMPORT in {path for _, path, _ in server.asked}


def test_a_server_that_is_away_is_told_apart_from_one_that_refuses(server: AdminServer, store: UnleashStore) -> None:
    server.answers[ENVIRONMENT] = (503, "<html>")
    with pytest.raises(Unreachable, match="answers 503"):
        store.read()
    with pytest.raises(Unreachable, match="cannot be reached"):
        UnleashStore("http://127.0.0.1:1", TOKEN, "development").read()


def test_the_place_shows_no_password() -> None:
    store = UnleashStore("https://me:secret@unleash.example.org/api", TOKEN, "production")
    assert store.location == "Unleash at https://unleash.example.org, environment production"


def test_an_address_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="UNLEASH_URL"):
        UnleashStore("unleash.example.org", TOKEN, "development")


def test_slider_and_switch_are_read_with_one_request_each(server: AdminServer, store: UnleashStore) -> None:
    listed = [{"id": "a", "name": "flexibleRollout", "parameters": {"rollout": "5", "groupId": "r1"}}]
    server.answers |= {FLAG: (200, '{"enabled": true}'), f"{FLAG}/strategies": (200, json.dumps(listed))}
    assert store.is_on(STREAM)
    assert store.slider(STREAM).parameters == {"rollout": "5", "groupId": "r1"}
    assert len(server.asked) == 2


def test_group_is_moved_with_the_slider(server: AdminServer, store: UnleashStore) -> None:
    listed = [{"id": "a", "name": "flexibleRollout", "parameters": {"rollout": "5"}}]
    server.answers |= {f"{FLAG}/strategies": (200, json.dumps(listed)), f"{FLAG}/strategies/a": (200, "")}
    store.roll_out(STREAM, 10, "r2")
    rollout = {"op": "add", "path": "/parameters/rollout", "value": "10"}
    group = {"op": "add", "path": "/parameters/groupId", "value": "r2"}
    assert server.asked[-1] == ("PATCH", f"{FLAG}/strategies/a", [rollout, group])
