"""`asi migrate-to-postgres`: from the SQLite of one machine to PostgreSQL, all or nothing."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from models import MirroredFile
from models.vocabulary import Language
from services import mirror, moving, texts
from services.moving import Moved, SourceMissing, TargetNotPostgres
from services.runtime import schema, settings
from services.runtime.database import Database, serving_lock, sqlite_file
from services.runtime.settings import Settings


def migrate_to_postgres(
    source: Annotated[
        Path | None,
        typer.Option(help="SQLite 文件，默认为数据文件夹中的 asi.db · the SQLite file"),
    ] = None,
) -> None:
    """把 SQLite 迁移到 ASI_DATABASE_URL 所指的空 PostgreSQL · Move SQLite to an empty PostgreSQL.

    Stop the service first. The SQLite file is only read. What is killed in the middle has moved
    nothing, and can be begun again.
    """
    chosen = settings.load()
    file = (source or chosen.data_dir / "asi.db").absolute()
    if sqlite_file(chosen.database) is not None:
        raise TargetNotPostgres
    url = f"sqlite:///{file}"
    if not file.is_file():
        raise SourceMissing(file=str(file))
    with serving_lock(url):
        schema.require_current(url)
        if schema.is_empty(chosen.database):
            schema.upgrade(chosen.database)
        schema.require_current(chosen.database)
        moved, missing = asyncio.run(_moved(url, chosen))
    for language in Language:
        typer.echo()
        typer.echo(
            texts.say(
                "moving.done", language, tables=moved.tables, rows=moved.rows, jobs=moved.jobs
            )
        )
        if missing:
            typer.echo(texts.say("moving.files_missing", language, count=missing))
        typer.echo(texts.say("moving.next", language, file=str(file)).strip())


async def _moved(url: str, chosen: Settings) -> tuple[Moved, int]:
    source, target = Database(url), Database(chosen.database)
    try:
        await target.check()
        moved = await moving.move(source, target, told=_tell)
        async with target.snapshot() as db:
            known = list(await db.scalars(select(MirroredFile.sha256)))
    finally:
        await source.close()
        await target.close()
    paths = [mirror.path_of(sha256, folder=chosen.files_dir) for sha256 in known]
    return moved, sum(not path.is_file() for path in paths)


def _tell(table: str, rows: int) -> None:
    typer.echo(f"{table:28} {rows:>8}")
