"""`asi backup`: the whole installation in one encrypted file, and back from it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Json, print_json
from services import backups
from services.backups import Keys, Manifest
from services.runtime import settings
from services.runtime.clock import utc_now
from services.runtime.settings import Settings

app = typer.Typer(help="备份与恢复 · backup and restore", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="备份文件 · the backup")]


@app.command("create")
def create(
    folder: Annotated[Path, typer.Argument(help="存放备份的文件夹 · folder to write into")],
    keep_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="同时删除多少天以前的备份 · also take away older ones, after so many days",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """备份数据库和镜像文件，服务可照常运行 · Back up database and mirrored files while serving."""
    chosen = settings.load()
    made = backups.make(
        chosen.database,
        folder=folder,
        files=chosen.files_dir,
        keys=_keys(chosen),
        now=utc_now(),
        keep=timedelta(days=keep_days) if keep_days else None,
    )
    if json:
        forgotten = [str(file) for file in made.forgotten]
        print_json({"file": str(made.file), "forgotten": forgotten} | _told(made.manifest))
    else:
        typer.echo(made.file)


@app.command("verify")
def verify(file: File, json: Json = False) -> None:
    """解密并检查备份，不触及正在使用的数据库 · Decrypt a backup and check all that is in it."""
    chosen = settings.load()
    _say(backups.verify(file, keys=_keys(chosen), scratch=chosen.data_dir), json=json)


@app.command("restore")
def restore(
    file: File,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="SQLite：原数据库改名保留 · keep the SQLite database that is there beside it",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """恢复到空的数据库，服务须先停止 · Restore into an empty database; stop the service first."""
    chosen = settings.load()
    restored = backups.restore(
        file,
        chosen.database,
        files=chosen.files_dir,
        keys=_keys(chosen),
        now=utc_now(),
        replace=replace,
    )
    _say(restored.manifest, json=json)
    if restored.kept:
        typer.echo(f"原数据库 · the old database: {restored.kept}", err=True)


def _keys(chosen: Settings) -> Keys:
    """Give the key of backups, and those that older ones may have."""
    given = (chosen.backup_key, chosen.secret_key, chosen.secret_key_old)
    known = [value for key in given if (value := key.get_secret_value())]
    return Keys(known[0], tuple(known[1:]))


def _say(manifest: Manifest, *, json: bool) -> None:
    told = _told(manifest)
    if json:
        print_json(told)
        return
    for name, value in told.items():
        typer.echo(f"{name:10} {value}")


def _told(manifest: Manifest) -> dict[str, str | int]:
    return {
        "made_at": manifest.made_at,
        "version": manifest.version,
        "database": manifest.engine,
        "schema": manifest.revision,
        "tables": len(manifest.rows),
        "rows": sum(manifest.rows.values()),
        "files": len(manifest.parts) - 1,
        "bytes": sum(part.size_bytes for part in manifest.parts.values()),
    }
