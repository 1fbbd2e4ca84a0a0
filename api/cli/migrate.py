"""`asi migrate`: the database's shape."""

from typing import Annotated

import typer
from alembic import command

from api.cli import serve
from api.cli.output import Json, print_json
from services.runtime import schema, settings

app = typer.Typer(help="数据库结构 · the database's shape", invoke_without_command=True)


@app.callback()
def migrate(context: typer.Context) -> None:
    """升级到本版本的结构 · Bring the database to this version's shape."""
    if context.invoked_subcommand:
        return
    chosen = settings.load()
    serve.prepare_data_dir(chosen)
    schema.upgrade(chosen.database)
    typer.echo(schema.current(chosen.database))


@app.command("status")
def status(json: Json = False) -> None:
    """查看当前结构 · Show which migration the database has."""
    chosen = settings.load()
    found = {"current": schema.current(chosen.database), "head": schema.head()}
    if json:
        print_json(found)
    else:
        typer.echo(f"{found['current']} → {found['head']}")


@app.command("down")
def down(
    revision: Annotated[str, typer.Argument(help="目标版本 · revision, or base")],
) -> None:
    """退回到某个结构 · Take the database back to a revision."""
    schema.downgrade(settings.load().database, revision)


@app.command("new")
def new(message: Annotated[str, typer.Argument(help="说明 · what it does")]) -> None:
    """开发者：生成迁移 · For developers: draft a migration from the models."""
    number = int(schema.head() or 0) + 1
    command.revision(
        schema.config(settings.load().database),
        message,
        autogenerate=True,
        rev_id=f"{number:04}",
    )


@app.command("check")
def check() -> None:
    """开发者：模型与迁移一致 · For developers: models and migrations agree."""
    command.check(schema.config(settings.load().database))
