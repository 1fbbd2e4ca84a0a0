"""The `asi` command: one file for each verb, each a thin translation like an endpoint."""

import sys
from collections.abc import Sequence

import typer

from api.cli import (
    article,
    content,
    contract,
    demo,
    doctor,
    documents,
    feedback,
    health,
    jobs,
    links,
    menu,
    migrate,
    notices,
    privacy,
    qr,
    retention,
    serve,
    simulate,
    webinars,
    worker,
)
from api.cli.output import say_refusal
from services.errors import Refusal
from services.runtime import logging, packaging

app = typer.Typer(
    name="asi",
    help="ASI 公开意见征询服务 · ASI public consultation service",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("health")(health.health)
app.command("worker")(worker.worker)
app.add_typer(demo.app, name="demo")
app.add_typer(migrate.app, name="migrate")
app.add_typer(content.app, name="content")
app.add_typer(documents.app, name="documents")
app.add_typer(webinars.app, name="webinars")
app.add_typer(feedback.app, name="feedback")
app.add_typer(links.app, name="links")
app.add_typer(qr.app, name="qr")
app.add_typer(menu.app, name="menu")
app.add_typer(jobs.app, name="jobs")
app.add_typer(notices.app, name="notices")
app.add_typer(privacy.app, name="privacy")
app.add_typer(retention.app, name="retention")
app.add_typer(article.app, name="article")
app.add_typer(simulate.app, name="simulate")
app.add_typer(contract.app, name="contract")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. A refusal is two sentences and exit code 1, never a stack trace."""
    logging.configure(json=False, quiet=True)
    try:
        packaging.require_own_names()
        app(list(arguments) if arguments is not None else None)
    except Refusal as refusal:
        say_refusal(refusal)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
