"""`asi documents`: the files behind the documents."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import serve
from api.cli.output import Json, opened, print_json
from api.urls import Urls
from services import consultations, documents, mirror
from services.runtime import settings
from services.runtime.clock import installation_clock

app = typer.Typer(help="征询文件 · documents", no_args_is_help=True)


@app.command("mirror")
def mirror_file(
    file: Annotated[Path, typer.Argument(help="文件 · the file")],
    document: Annotated[
        str,
        typer.Option(help="属于哪份文件 · which document, by slug; else by the file's name"),
    ] = "",
    json: Json = False,
) -> None:
    """放入一个文件供读者打开 · Put a file in, to be served from here."""
    address = asyncio.run(_mirror(file, document))
    if json:
        print_json({"url": address})
    else:
        typer.echo(address)


@app.command("list")
def list_documents(json: Json = False) -> None:
    """列出文件及其状态 · List the documents and how they can be had."""
    rows = asyncio.run(_list())
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['state']:10} {row['slug']:32} {row['original_name'] or ''}")


async def _mirror(file: Path, slug: str) -> str:
    chosen = settings.load()
    serve.prepare_data_dir(chosen)
    async with opened(chosen) as database:
        async with database.snapshot() as db:
            found = (
                (await documents.offer(db, slug=slug)).document
                if slug
                else await documents.owner_of(db, file_name=file.name)
            )
        stored = mirror.take_in(file, folder=chosen.files_dir)
        async with database.transaction() as db:
            now = installation_clock(chosen)()
            added = await documents.add_file(db, document=found, stored=stored, now=now)
            return Urls(chosen.public_url).file(added)


async def _list() -> list[dict[str, Any]]:
    chosen = settings.load()
    async with opened(chosen) as database, database.snapshot() as db:
        current = await consultations.current(db, now=installation_clock(chosen)())
        return [
            {
                "slug": offer.document.slug,
                "state": offer.state.value,
                "original_name": offer.document.original_name,
                "url": offer.url,
                "official": offer.official.value,
                "files": [file.sha256 for file in offer.files],
            }
            for offer in await documents.offers(db, consultation=current)
        ]
