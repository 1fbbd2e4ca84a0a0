"""What the OpenAPI document promises, tried out on every operation of /v1 by Schemathesis.

The suite tries a few cases of each operation, always the same ones. The long form is a command:
ASI_SCHEMATHESIS_EXAMPLES=100 python -m pytest tests/contract/test_schemathesis.py --timeout=3600
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.python import asgi

from api.app import create_app
from services.runtime import limiting
from services.runtime import settings as runtime_settings
from services.runtime.limiting import Limit
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL, SECRET_KEY
from tests.support import schemathesis_cases, simulator
from tests.support.clocks import SetClock
from tests.support.schemathesis_cases import Visitor
from tests.support.templates import Template

EXAMPLES = int(os.environ.get("ASI_SCHEMATHESIS_EXAMPLES", "3"))
LONG = "ASI_SCHEMATHESIS_EXAMPLES" in os.environ

DONE = {"log_in", "register", "submit_feedback", "list_documents", "list_feedback"}
"""Some operations that must have worked at least once, or nothing was tried but refusals."""


@pytest.fixture
def schema(
    sqlite_template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[schemathesis.BaseSchema]:
    """The document of a running application, with somebody who is logged in where that is asked."""
    # One login does in seconds what nobody does in an hour.
    monkeypatch.setattr(limiting, "WRITES_OF_LOGIN", Limit("writes_of_login", 1_000_000))
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in simulator.ENVIRONMENT.items()
    }
    with sqlite_template.copy(tmp_path) as url, simulator.in_thread() as platform:
        chosen = runtime_settings.load(
            {},
            database_url=url,
            data_dir=tmp_path,
            public_url=PUBLIC_URL,
            secret_key=SECRET_KEY,
            wechat_api_url=platform.url,
            **accounts,
        )
        application = create_app(chosen, clock=SetClock(INSIDE_THE_ROUND)).asgi
        config = schemathesis.Config.from_dict(
            {
                "seed": 1,
                "base-url": PUBLIC_URL,
                "generation": {
                    "max-examples": EXAMPLES,
                    "deterministic": not LONG,
                    "no-shrink": not LONG,
                },
                "phases": {} if LONG else {"coverage": {"unexpected-methods": ["put"]}},
            }
        )
        loaded = schemathesis.openapi.from_asgi("/openapi.json", application, config=config)
        found = loaded.include(path_regex="^/v1/")
        if not LONG:
            found = found.exclude(operation_id=sorted(schemathesis_cases.REPEATED))
        client = asgi.get_client(application)  # type: ignore[arg-type]  # dict or MutableMapping
        visitor = Visitor(client, platform, PUBLIC_URL)
        schemathesis_cases.prepare(found, visitor)
        yield found
        schemathesis_cases.forget()
        asgi.shutdown_lifespans()


def test_every_operation_keeps_what_the_document_promises(
    schema: schemathesis.BaseSchema,
) -> None:
    wrong: list[str] = []
    answered = Counter[tuple[str, int]]()

    for event in from_schema(schema).execute():
        assert not isinstance(event, events.FatalError | events.NonFatalError), event
        if isinstance(event, events.ScenarioFinished):
            wrong += schemathesis_cases.findings(event.recorder)
            answered += schemathesis_cases.answers(event.recorder)

    if LONG:
        schemathesis_cases.report(answered)
    assert wrong == []
    assert {name for name, status in answered if status < 300} >= DONE
