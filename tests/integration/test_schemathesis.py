"""The API conforms to its OpenAPI description, on both databases, for generated requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.postgres import Postgres
from tests.support.site import Person, Site, Web, site_on
from tests.support.valkey import valkey

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 20
"""Requests of each operation, the same in each run; every other one of a session uses the id of an existing one."""
EVENTS = 1
"""Events read from a stream before its reader leaves: the next one may take a second."""
PEOPLE = 40
"""People who send the requests in turn, so that nobody reaches a limit; every other one is an admin."""
TIMEOUT_S = 30


@dataclass(frozen=True)
class Tried:
    """A site that gets the requests, with people who send them in turn."""

    site: Site
    web: Web
    people: Iterator[Person]
    session: requests.Session

    def call(self, case: Case[Any], number: int) -> None:
        """Sends a request and checks the response; raises FailureGroup if it does not conform."""
        person = next(self.people)
        if "/sessions/{id}" in case.operation.label and number % 2:
            case.path_parameters["id"] = self.site.session(person)
        headers = person.headers | {"X-Forwarded-For": f"10.0.{number // 256}.{number % 256}"}
        case.call_and_validate(
            base_url=self.web.url, session=self.session, headers=headers, checks=CHECKS, timeout=TIMEOUT_S
        )


@contextmanager
def tried_on(url: str, folder: Path) -> Iterator[Tried]:
    folder.mkdir()
    with (
        valkey(folder / "valkey") as redis,
        site_on(url, folder, redis) as site,
        site.web(TRUSTED_HOPS="1") as web,
        requests.Session() as session,
    ):
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a login is no part of the next request
        people = site.people(PEOPLE)
        site.make_admins(people[::2])
        yield Tried(site, web, cycle(people), session)


@pytest.fixture
def both(tmp_path: Path, postgres: Postgres) -> Iterator[list[Tried]]:
    """One on SQLite and one on PostgreSQL."""
    sqlite = tried_on(f"sqlite:///{tmp_path}/db", tmp_path / "sqlite")
    with sqlite as one, tried_on(postgres.database("tried"), tmp_path / "postgresql") as other:
        yield [one, other]


def failures(operation: APIOperation[Any, Any, Any, Any], both: list[Tried], numbers: Iterator[int]) -> list[str]:
    """Sends valid and invalid generated requests, and returns what is wrong with the responses."""
    right, wrong = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],  # without shrinking
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(right, wrong))
    def run(case: Case[Any]) -> None:
        number = next(numbers)
        for tried in both:
            tried.call(case, number)

    try:
        run()
    except FailureGroup as group:
        return [f"{operation.label}: {failure}" for failure in group.exceptions]
    return []


def test_responses_conform_to_the_description(both: list[Tried]) -> None:
    config = SchemathesisConfig.from_dict({"max-stream-events": EVENTS})
    api = schemathesis.openapi.from_url(f"{both[0].web.url}/api/v1/openapi.json", config=config)
    results = list(api.get_all_operations())
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(operations) == len(results), "each operation is valid"
    assert len(operations) >= 18
    numbers = count()
    found = [failure for operation in operations for failure in failures(operation, both, numbers)]
    assert not found, "\n".join(failure.replace("\n", " ") for failure in found)
