"""`asi contract`: what the mini-program's developers build against, made from the code."""

from pathlib import Path

import typer

from api import promises

app = typer.Typer(help="小程序接口契约 · the contract", no_args_is_help=True)


@app.command("write")
def write(folder: Path = Path("miniprogram_contract")) -> None:
    """重新生成契约文件 · Write openapi.json, errors.md and the examples anew."""
    for name, content in promises.files().items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        typer.echo(str(file))
