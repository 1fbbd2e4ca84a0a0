"""`asi article`: the official account's article, with 阅读原文 set to our own link."""

import asyncio
import mimetypes
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api.background import doors
from api.cli.output import opened
from api.pages.rendering import Renderer
from api.urls import Urls
from models import Webinar
from models.vocabulary import Language
from services import consultations, documents, short_links, texts, webinars
from services.errors import Malformed
from services.runtime import settings
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.texts import dates
from services.wechat.gateway import Article, Media

LONGEST_TITLE = 32
LONGEST_DIGEST = 128
"""Characters that WeChat takes, facts of 2026-11-23."""

app = typer.Typer(help="公众号文章 · official account article", no_args_is_help=True)


class PictureUnreadable(Malformed):
    """The cover picture cannot be read."""

    code = "picture_unreadable"


@app.callback()
def article() -> None:
    """公众号文章 · The official account's article."""


@app.command("draft")
def draft(
    cover: Annotated[Path, typer.Argument(help="封面图片（JPEG 或 PNG）· cover picture")],
    author: Annotated[str, typer.Option(help="作者，最多 16 字 · author")] = "",
) -> None:
    """存入草稿箱，“阅读原文”指向本服务的链接 · Put the article into the draft box."""
    typer.echo(asyncio.run(_draft(cover, author)))


async def _draft(cover: Path, author: str) -> str:
    chosen = settings.load()
    picture = _picture(cover)
    async with opened(chosen) as database, doors(chosen, database) as open_doors:
        written = await _written(chosen, database)
        door = open_doors.required_official_account()
        uploaded = await door.add_cover(picture)
        draft = replace(written, author=author, cover_media_id=uploaded.media_id)
        return await door.add_draft(draft)


def _picture(file: Path) -> Media:
    kind, _ = mimetypes.guess_type(file.name)
    try:
        return Media(content_type=kind or "application/octet-stream", content=file.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureUnreadable(file=str(file), reason=reason) from error


async def _written(chosen: Settings, database: Database) -> Article:
    """Write the current round's article; its links are words, since WeChat takes links out."""
    now, urls = installation_clock(chosen)(), Urls(chosen.public_url)
    async with database.snapshot() as db:
        current = await consultations.current(db, now=now)
        page = await consultations.page(db, consultation_id=current.id, slug="article")
        offers = await documents.offers(db, consultation=current)
        sessions = await webinars.of_round(db, consultation=current)
    files = [offer.document.title.zh for offer in offers]
    times = [f"{item.title.zh}：{_beijing_time(item)}" for item in sessions]
    parts = [
        Renderer(urls).markdown(page.body.zh),
        _list(texts.say("pages.article.documents", Language.ZH), files),
        _list(texts.say("pages.article.webinars", Language.ZH), times),
        f"<p>{escape(texts.say('pages.read_original', Language.ZH))}</p>",
    ]
    return Article(
        title=page.title.zh[:LONGEST_TITLE],
        digest=page.description.zh[:LONGEST_DIGEST],
        content="\n".join(parts),
        cover_media_id="",
        source_url=urls.counted(short_links.READ_ORIGINAL, "article"),
    )


def _beijing_time(webinar: Webinar) -> str:
    return dates.moment(webinar.starts_at.astimezone(ZoneInfo(webinars.BEIJING)), Language.ZH)


def _list(title: str, entries: list[str]) -> str:
    items = "".join(f"<li>{escape(entry)}</li>" for entry in entries)
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"
