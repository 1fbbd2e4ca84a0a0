"""The `asi` command: one file for each verb, each a thin translation like an endpoint.

Only the verb that was typed is imported: all of them together take three times as long to start.
"""

import gc
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from api.cli.output import say_refusal
from services.errors import Refusal
from services.runtime import logging, packaging
from services.runtime.database import unusable

VERBS = (
    "serve",
    "doctor",
    "health",
    "worker",
    "demo",
    "migrate",
    "migrate-to-postgres",
    "backup",
    "content",
    "documents",
    "webinars",
    "contacts",
    "feedback",
    "links",
    "visits",
    "qr",
    "codes",
    "poster",
    "wechat-codes",
    "menu",
    "jobs",
    "notices",
    "privacy",
    "retention",
    "staff",
    "audit",
    "article",
    "simulate",
    "contract",
)
"""In the order in which `asi --help` lists them; each is a module of this package."""


def commands(verbs: Iterable[str] = VERBS) -> typer.Typer:
    """Give the command with some of its verbs."""
    app = typer.Typer(
        name="asi",
        help="ASI 公开意见征询服务 · ASI public consultation service",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(_asi)
    gc.disable()  # Imports make half a million objects that stay: looking for others takes 0.4 s.
    for verb in verbs:
        name = verb.replace("-", "_")
        module = import_module(f"{__name__}.{name}")
        # A verb with verbs of its own is an app; one that does one thing is a function.
        group = getattr(module, "app", None)
        if group is None:
            app.command(verb)(getattr(module, name))
        else:
            app.add_typer(group, name=verb)
    gc.enable()
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. A refusal is two sentences and exit code 1, never a stack trace."""
    logging.configure(json=False, quiet=True)
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        packaging.require_own_names()
        commands([verb for verb in typed[:1] if verb in VERBS] or VERBS)(typed)
    except Refusal as refusal:
        say_refusal(refusal)
        sys.exit(1)
    except (OperationalError, InterfaceError) as error:
        # A disk that is full, a server that has gone: no fault of the command's.
        say_refusal(unusable(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _asi() -> None:
    """Take the verb; without this, a command of one verb would do without naming it."""
