"""`asi privacy`: keys, and what staff do for people who write to us about their data."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from api import background
from api.cli.output import Json, opened, print_json
from miniprogram_contract.fields import Email, Phone
from models.vocabulary import PersonalContactKind
from services import privacy
from services.privacy import keys
from services.privacy.keys import Keys, Outcome
from services.registrations import ContactSafe, PersonalContact
from services.registrations import personal as registrations
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.runtime.settings import Settings

app = typer.Typer(help="个人信息 · personal data", no_args_is_help=True)
keys_app = typer.Typer(help="密钥 · keys", no_args_is_help=True)
app.add_typer(keys_app, name="keys")


NO_CONTACT = "不是手机号码或邮箱 · not a phone number or an e-mail address"


def _contact(value: str) -> PersonalContact:
    is_email = "@" in value
    kind = PersonalContactKind.EMAIL if is_email else PersonalContactKind.PHONE
    known: TypeAdapter[str] = TypeAdapter(Email if is_email else Phone)
    try:
        return PersonalContact(kind, known.validate_python(value))
    except ValidationError as error:
        raise typer.BadParameter(NO_CONTACT) from error


Contact = Annotated[
    PersonalContact,
    typer.Argument(parser=_contact, metavar="CONTACT", help="手机号码或邮箱 · phone or e-mail"),
]
VisitorId = Annotated[UUID, typer.Argument(help="访客编号 · the visitor's id, from `find`")]


@app.command("find")
def find(contact: Contact, json: Json = False) -> None:
    """按联系方式查找报名者 · Find who registered with a phone number or e-mail address."""
    rows = asyncio.run(_find(contact))
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo("  ".join(str(value) for value in row.values()))


@app.command("export")
def export(visitor: VisitorId) -> None:
    """导出一位访客的全部信息 · Print all that is kept about a visitor, as JSON.

    Make sure first that it is they who ask.
    """
    print_json(asyncio.run(_export(visitor)))


@app.command("erase")
def erase(
    visitor: VisitorId,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 · do not ask")] = False,
) -> None:
    """删除一位访客 · Erase a visitor: registrations, messages, logins; comments keep their text.

    Make sure first that it is they who ask.
    """
    if not yes:
        typer.confirm("此操作不能撤销，继续吗？ · This cannot be undone. Go on?", abort=True)
    asyncio.run(_erase(visitor))


@keys_app.command("rotate")
def rotate(json: Json = False) -> None:
    """用新密钥重新加密 · Seal with ASI_SECRET_KEY what ASI_SECRET_KEY_OLD has sealed.

    Run it when all processes have the new key; it may be interrupted and run again. The old key can
    go when nothing is left that is unreadable without it, which a run without it shows.
    """
    found = asyncio.run(_rotate())
    if json:
        print_json({name: asdict(outcome) for name, outcome in found.items()})
    else:
        for name, outcome in found.items():
            told = "  ".join(f"{word}: {number}" for word, number in asdict(outcome).items())
            typer.echo(f"{name:40} {told}")
    if any(outcome.unreadable for outcome in found.values()):
        raise typer.Exit(1)


async def _find(contact: PersonalContact) -> list[dict[str, str]]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        found = await registrations.holders(db, contact=contact, safe=_safe(chosen))
        return [
            {
                "visitor": str(visitor_id),
                "webinar": webinar.slug,
                "state": registration.state.value,
                "registered_at": registration.registered_at.isoformat(),
            }
            for visitor_id, webinar, registration in found
        ]


async def _export(visitor_id: UUID) -> dict[str, list[dict[str, Any]]]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        return await privacy.export(db, visitor_id=visitor_id, safe=_safe(chosen))


async def _erase(visitor_id: UUID) -> None:
    chosen = settings.load()
    now = installation_clock(chosen)()
    async with opened(chosen) as database:
        async with database.transaction() as db:
            await privacy.erase(db, visitor_id=visitor_id, now=now)
        await database.truncate_log()


async def _rotate() -> dict[str, Outcome]:
    chosen = settings.load()
    held = Keys(sealer=background.sealer(chosen), index=background.blind_index(chosen))
    async with opened(chosen) as database:
        return await keys.rotate(database, keys=held)


def _safe(chosen: Settings) -> ContactSafe:
    return ContactSafe(background.sealer(chosen), background.blind_index(chosen))
