"""The API conforms to its OpenAPI description, on both databases, for generated requests."""

from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
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
"""People who send the requests in turn, so that nobody reaches a limit."""
TIMEOUT_S = 30
ADDRESSES = count()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Web]]:
    folder: Path = tmp_path_factory.mktemp("tried")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/db"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.database("tried")
    with (
        valkey(folder / "valkey") as redis,
        site_on(url, folder, redis) as site,
        site.web(TRUSTED_HOPS="1") as web,
    ):
        yield site, web


@pytest.fixture(scope="module")
def people(tried: tuple[Site, Web]) -> Iterator[Person]:
    return cycle(tried[0].people(PEOPLE))


@pytest.fixture(scope="module")
def api(tried: tuple[Site, Web]) -> BaseSchema:
    config = SchemathesisConfig.from_dict({"max-stream-events": EVENTS})
    return schemathesis.openapi.from_url(f"{tried[1].url}/api/v1/openapi.json", config=config)


def failures(operation: APIOperation[Any, Any, Any, Any], site: Site, people: Iterator[Person]) -> list[str]:
    """Send valid and invalid generated requests, and return what is wrong with the responses."""
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
        person, address = next(people), next(ADDRESSES)
        if "/sessions/{id}" in operation.label and address % 2:
            case.path_parameters["id"] = site.session(person)
        headers = person.headers | {"X-Forwarded-For": f"10.0.{address // 256}.{address % 256}"}
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=TIMEOUT_S)

    try:
        run()
    except FailureGroup as group:
        return [f"{operation.label}: {failure}" for failure in group.exceptions]
    return []


def test_responses_conform_to_the_description(
    api: BaseSchema, tried: tuple[Site, Web], people: Iterator[Person]
) -> None:
    results = list(api.get_all_operations())
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(operations) == len(results), "each operation is valid"
    assert len(operations) >= 18
    found = [failure for operation in operations for failure in failures(operation, tried[0], people)]
    assert not found, "\n".join(failure.replace("\n", " ") for failure in found)
