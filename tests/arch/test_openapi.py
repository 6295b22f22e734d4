"""The OpenAPI description is complete and agrees with the contract."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from playhead.config import load
from playhead.web import create_app

CONTRACT = Path(__file__).parent.parent.parent / "CONTRACT.md"


@pytest.fixture
async def document(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    app = create_app(load({"DATA_DIR": str(tmp_path)}))
    answer = await app.test_client().get("/api/v1/openapi.json")
    yield json.loads(await answer.get_data())
    await app.extensions["playhead"].close()


async def test_every_reference_is_defined(document: dict[str, Any]) -> None:
    named = set(re.findall(r"#/components/schemas/([\w.]+)", json.dumps(document)))
    assert named <= document["components"]["schemas"].keys()


async def test_every_response_is_described(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert any(int(status) < 400 for status in operation["responses"]), (method, path)
            assert all(answer.get("description") is not None for answer in operation["responses"].values())


async def test_contract_lists_the_same_routes(document: dict[str, Any]) -> None:
    text = CONTRACT.read_text()
    table = text[text.index("## 4. Routes") : text.index("## 5.")]
    for path in document["paths"]:
        assert path.removeprefix("/api/v1") in table.replace("?cursor=", ""), path


async def test_status_has_the_fields_of_the_contract(document: dict[str, Any]) -> None:
    text = CONTRACT.read_text()
    example = json.loads(
        text[text.index("```json") + 7 : text.index("```\n", text.index("```json") + 7)].replace("0193…", "0193")
    )
    assert example.keys() == document["components"]["schemas"]["Status"]["properties"].keys()
