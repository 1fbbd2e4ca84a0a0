"""`asi poster`: posters to print, and the picture that people send each other."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from api.cli.output import Json, opened, print_json, write_file
from api.urls import Urls
from models.vocabulary import Language
from services import channel_codes, posters
from services.content import reading
from services.posters import Composition, Paper
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="海报与分享图 · posters and share images", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="posters.toml 中的 slug · the poster's slug")]
Output = Annotated[Path, typer.Argument(help="要写的文件 · the file to write")]
Said = Annotated[Language, typer.Option("--language", help="语言 · language")]
Folder = Annotated[
    Path | None,
    typer.Option("--content", help="内容包文件夹，默认 ASI_CONTENT · the pack's folder"),
]


Channel = Annotated[
    str, typer.Option(help="来源渠道，扫码分开统计 · channel, whose scans are counted apart")
]
Label = Annotated[
    str, typer.Option(help="渠道中的哪一处，如“郑州展台” · which one of several in the channel")
]
Host = Annotated[
    str | None, typer.Option(help="印上哪个域名 · the host it says, of ASI_OTHER_URLS")
]


@app.command("list")
def list_posters(folder: Folder = None, json: Json = False) -> None:
    """列出内容包中的海报 · List the posters of the content pack."""
    pack = reading.read(folder or settings.load().content)
    rows = {poster.slug: [code.link for code in poster.code] for poster in pack.posters.poster}
    if json:
        print_json(rows)
        return
    for slug, links in rows.items():
        typer.echo(f"{slug:24} {', '.join(links)}")


@app.command("make")
def make(
    name: Name,
    output: Output,
    paper: Annotated[Paper, typer.Option(help="纸张 · paper")] = Paper.A4,
    channel: Channel = "",
    label: Label = "",
    host: Host = None,
    language: Said = Language.ZH,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """生成海报 PDF，每个二维码先行识别 · Make a poster as PDF, each code on it read first."""
    order = _Order(name, folder, language=language, place=(channel, label), host=host)

    def sheet(composition: Composition) -> bytes:
        return posters.sheet(composition, folder=order.folder, paper=paper, made_at=order.asked_at)

    _say(asyncio.run(order.deliver(sheet, output)), json=json)


@app.command("share")
def share(
    name: Name,
    output: Output,
    channel: Channel = "",
    label: Label = "",
    host: Host = None,
    language: Said = Language.ZH,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """生成 900 像素宽的分享图 PNG · Make the share image, 900 pixels wide."""
    order = _Order(name, folder, language=language, place=(channel, label), host=host)

    def picture(composition: Composition) -> bytes:
        return posters.share_image(composition, folder=order.folder, made_at=order.asked_at)

    _say(asyncio.run(order.deliver(picture, output)), json=json)


class _Order:
    """What one command asks for."""

    def __init__(
        self,
        name: str,
        folder: Path | None,
        *,
        language: Language,
        place: tuple[str, str],
        host: str | None,
    ) -> None:
        self._settings = settings.load()
        self._urls = Urls.at(self._settings, host)
        self.folder = folder or self._settings.content
        self.asked_at = installation_clock(self._settings)()
        self._pack = reading.read(self.folder)
        self._name = name
        self._language = language
        self._channel, self._label = place

    async def deliver(self, made: Callable[[Composition], bytes], output: Path) -> Composition:
        """Write the file, and then the channel's codes: nothing is kept of a poster refused."""
        async with opened(self._settings) as database:
            async with database.snapshot() as db:
                plan = await self._plan(db)
                composition = await self._composition(db, plan)
            write_file(output, made(composition))
            if plan and plan.new_codes:
                async with database.transaction() as db:
                    await channel_codes.keep(db, plan=plan, now=self.asked_at)
            return composition

    async def _plan(self, db: AsyncSession) -> channel_codes.Plan | None:
        if not self._channel:
            return None
        return await posters.plan_codes(
            db, pack=self._pack, slug=self._name, channel=self._channel, label=self._label
        )

    async def _composition(self, db: AsyncSession, plan: channel_codes.Plan | None) -> Composition:
        slugs = {code.place.link: code.slug for code in plan.codes} if plan else {}
        return await posters.compose(
            db,
            pack=self._pack,
            slug=self._name,
            language=self._language,
            address=lambda link: self._urls.short(slugs.get(link, link)),
            now=self.asked_at,
        )


def _say(composition: Composition, *, json: bool) -> None:
    codes = [{"label": code.label, "url": code.text} for code in composition.codes]
    if json:
        print_json(codes)
        return
    for code in codes:
        typer.echo(f"{code['url']}  {code['label']}")
