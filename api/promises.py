"""The contract's generated files: OpenAPI, the list of refusals, an example of every answer."""

import asyncio
import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

import services
from api import problems
from api.app import create_app
from miniprogram_contract import (
    feedback,
    feedback_attachments,
    feedback_drafts,
    feedback_proofs,
    js_sdk,
    links,
    login,
    privacy,
    registrations,
    scenes,
    subscriptions,
)
from models.vocabulary import Language
from services import texts
from services.content import loading, reading
from services.errors import CannotStart, Refusal
from services.runtime import schema, settings
from services.runtime.database import Database

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""The examples' instant: the demo's start."""

PUBLIC_URL = "https://asi.example.cn"

EXAMPLES = {
    "list_consultations": "/v1/consultations",
    "show_consultation": "/v1/consultations/2026-first",
    "list_documents": "/v1/documents?standard=PS&version=V4&section=10",
    "show_document": "/v1/documents/ps-v4-draft",
    "list_webinars": "/v1/webinars",
    "show_webinar": "/v1/webinars/china",
    "list_contact_cards": "/v1/contact-cards",
    "show_link": "/v1/links/china",
    "show_contact_card": "/v1/contact-cards/consultation-china",
    "show_privacy_notice": "/v1/privacy-notice",
    "refusal_not_found": "/v1/documents/no-such-document",
    "refusal_malformed": "/v1/documents?kind=novel",
}

MADE = {
    "read_scanned_link": links.EXAMPLE,
    "read_scene": scenes.EXAMPLE,
    "log_in": login.EXAMPLE,
    "log_in_hosted": login.EXAMPLE,
    "sign_page": js_sdk.EXAMPLE,
    **registrations.EXAMPLES,
    **feedback.EXAMPLES,
    **feedback_drafts.EXAMPLES,
    **feedback_attachments.EXAMPLES,
    **feedback_proofs.EXAMPLES,
    **privacy.EXAMPLES,
    **subscriptions.EXAMPLES,
}
"""Examples of answers that nobody gets without WeChat."""

FRAMEWORK_CODES = {"not_found": 404, "method_not_allowed": 405, "body_too_large": 413}
FAULT_CODES = {"malformed": 422, "internal_error": 500, "database_unavailable": 503}


def files() -> dict[str, str]:
    """Give the content of every generated file by its path within miniprogram_contract."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_files(Path(folder)))


def refusal_kinds() -> list[type[Refusal]]:
    """Give every refusal that can travel, by code: those of the services."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)
    found = {kind.code: kind for kind in _below(Refusal) if kind.__module__.startswith("services.")}
    return [
        kind for code, kind in sorted(found.items()) if code and not issubclass(kind, CannotStart)
    ]


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


async def _files(folder: Path) -> dict[str, str]:
    chosen = settings.load(
        data_dir=folder,
        database_url=f"sqlite:///{folder}/contract.db",
        public_url=PUBLIC_URL,
        secret_key="only-for-the-examples-of-the-contract",  # noqa: S106 - protects nothing
    )
    schema.upgrade(chosen.database)
    database = Database(chosen.database)
    application = create_app(chosen, database=database, clock=lambda: NOW)
    async with database.transaction() as db:
        await loading.load(db, pack=reading.read(Path("content/2026-first")), now=NOW)
    transport = httpx2.ASGITransport(application.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        examples = {
            f"examples/{name}.json": _json(_steady((await client.get(path)).json()))
            for name, path in EXAMPLES.items()
        }
    await database.close()
    made = {
        f"examples/{name}.json": _json(json.loads(example.model_dump_json(by_alias=True)))
        for name, example in MADE.items()
    }
    return {
        "openapi.json": _json(application.api.openapi()),
        "errors.md": _errors(),
        **examples,
        **made,
    }


def _steady(answer: object) -> object:
    """Leave out what differs at every call."""
    if isinstance(answer, dict) and "request_id" in answer:
        return answer | {"request_id": "0123456789abcdef"}
    return answer


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _errors() -> str:
    rows = {kind.code: problems.status_of(kind) for kind in refusal_kinds()}
    rows |= FRAMEWORK_CODES | FAULT_CODES
    lines = [
        "# Refusals · 错误代码",
        "",
        "Made by `make contract`. A refusal is problem details (RFC 9457) with one of these codes;",
        "codes never change. `detail` holds the sentence in the language that was asked for.",
        "",
        "| code | status | 中文 | English |",
        "|---|---|---|---|",
    ]
    for code, status in sorted(rows.items()):
        sentences = [texts.table(language)[f"refusals.{code}"] for language in Language]
        cells = [sentence.replace("\n", " ").replace("|", "\\|") for sentence in sentences]
        lines.append(f"| `{code}` | {status} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"
