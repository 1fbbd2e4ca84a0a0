"""`asi doctor`: what is right and wrong with an installation, before a visitor finds out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli import (
    doctor_contacts,
    doctor_limits,
    doctor_links,
    doctor_machine,
    doctor_notices,
    doctor_wechat,
    doctor_wechat_codes,
    serve,
)
from api.cli.findings import Finding
from api.cli.output import Json, print_json
from models.vocabulary import Language
from services import consultations
from services.errors import Refusal
from services.privacy import retention
from services.runtime import schema, settings
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.runtime.verification import NAME


def doctor(
    lang: Annotated[Language, typer.Option(help="语言 · language")] = Language.ZH,
    json: Json = False,
) -> None:
    """检查安装 · Check the installation."""
    findings = asyncio.run(_findings(lang))
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "✓" if finding.ok else "✗"
            typer.secho(
                f"{mark} {finding.subject}: {finding.detail}",
                fg=None if finding.ok else "red",
            )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


async def _findings(language: Language) -> list[Finding]:
    chosen = settings.load()
    mode = "production" if chosen.production else "development"
    findings = [Finding("settings", ok=True, detail=f"{mode}, {chosen.public_url}")]
    try:
        serve.prepare_data_dir(chosen)
        findings.append(Finding("data folder", ok=True, detail=str(chosen.data_dir)))
        schema.require_current(chosen.database)
        findings.append(Finding("schema", ok=True, detail=str(schema.head())))
        findings += [finding async for finding in _database_findings(chosen, language)]
    except Refusal as refusal:
        findings.append(Finding(refusal.code, ok=False, detail=refusal.sentence(language)))
    findings += _verification_findings(chosen)
    return findings


async def _database_findings(chosen: Settings, language: Language) -> AsyncIterator[Finding]:
    database = Database(chosen.database)
    try:
        await database.check()
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        yield Finding("database", ok=True, detail=f"{kind}, durable")
        async with database.snapshot() as db:
            now = installation_clock(chosen)()
            current = await consultations.current(db, now=now)
            state = consultations.state(current, now)
            yield Finding("content", ok=True, detail=f"{current.slug}, {state.value}")
            publisher = await consultations.publisher(db, consultation_id=current.id)
            undecided = ", ".join(await retention.undecided(db, now=now))
        missing = ", ".join(consultations.missing_facts(publisher))
        yield Finding("publisher", ok=not (missing and chosen.production), detail=missing or "ok")
        fine = not (undecided and chosen.production)
        yield Finding("retention", ok=fine, detail=undecided or "ok")
        for look in (
            doctor_machine.findings,
            doctor_limits.findings,
            doctor_wechat.findings,
            doctor_notices.findings,
            doctor_links.findings,
            doctor_contacts.findings,
            doctor_wechat_codes.findings,
        ):
            async for finding in look(chosen, database, language):
                yield finding
    finally:
        await database.close()


def _verification_findings(chosen: Settings) -> list[Finding]:
    folder = chosen.verification_files
    if folder is None:
        return []
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    fit = sorted(name for name in names if NAME.fullmatch(name))
    detail = ", ".join(fit) or f"no MP_verify_….txt in {folder}"
    return [Finding("verification files", ok=bool(fit), detail=detail)]
