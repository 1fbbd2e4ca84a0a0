"""`asi health`: is the service ready? For containers and monitors."""

from typing import Annotated

import httpx2
import typer

TIMEOUT_SECONDS = 5.0


def health(
    url: Annotated[
        str, typer.Option(help="服务地址 · the service's address")
    ] = "http://127.0.0.1:8000",
) -> None:
    """检查服务是否就绪 · Ask a running service whether it is ready."""
    try:
        response = httpx2.get(f"{url.rstrip('/')}/readyz", timeout=TIMEOUT_SECONDS)
    except httpx2.HTTPError as error:
        typer.echo(type(error).__name__, err=True)
        raise typer.Exit(1) from error
    typer.echo(response.text)
    raise typer.Exit(0 if response.is_success else 1)
