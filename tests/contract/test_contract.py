"""The contract: what is committed is what the code says, each promise with an example."""

import json
from typing import Any

import pytest

from api import promises
from tests.conftest import ROOT

FOLDER = ROOT / "miniprogram_contract"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return promises.files()


def test_the_committed_files_are_fresh(
    generated: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    stale = [
        name
        for name, content in generated.items()
        if (FOLDER / name).read_text(encoding="utf-8") != content
    ]

    assert stale == [], "run make contract"


def test_no_example_is_left_over(generated: dict[str, str]) -> None:
    committed = {f"examples/{file.name}" for file in (FOLDER / "examples").iterdir()}

    assert committed <= generated.keys()


def test_every_operation_has_an_example(generated: dict[str, str]) -> None:
    document = json.loads(generated["openapi.json"])
    operations = {
        operation["operationId"]
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1/") and _gives_json(operation["responses"])
    }

    assert operations <= promises.EXAMPLES.keys() | promises.MADE.keys()


def test_refusals_are_described_as_problem_details(generated: dict[str, str]) -> None:
    document = json.loads(generated["openapi.json"])
    answers = document["paths"]["/v1/documents/{slug}"]["get"]["responses"]

    assert set(answers) == {"200", "404", "410", "422"}
    assert "document_not_found" in answers["404"]["description"]
    assert all(
        list(answer["content"]) == ["application/problem+json"]
        and answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
        for status, answer in answers.items()
        if status != "200"
    )


def _gives_json(responses: dict[str, Any]) -> bool:
    """Tell whether an operation gives more than a file or nothing."""
    successes = [answer for status, answer in responses.items() if status.startswith("2")]
    return any("application/json" in answer.get("content", {}) for answer in successes)


def test_every_operation_with_a_query_can_be_asked_in_english(generated: dict[str, str]) -> None:
    """The client adds `lang` to all calls, and an unknown parameter would be refused."""
    document = json.loads(generated["openapi.json"])
    queries = {
        operation["operationId"]: {
            each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
        }
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1/")
    }

    assert [name for name, names in queries.items() if names and "lang" not in names] == []
