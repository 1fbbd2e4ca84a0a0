"""Migrations of a database in use: killed in the midst, they are done at the next start."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from services.runtime import schema
from tests.resilience.sizes import LONG, MIGRATED_ROWS
from tests.support import crowds
from tests.support.figures import Tell
from tests.support.templates import Template

_DIE = """
import os, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from services.runtime import schema
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def die(_connection, _cursor, statement, *_):
    global left
    if statement.split()[0] in {"CREATE", "ALTER"}:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
schema.upgrade(sys.argv[1])
"""

INDEX_OF_TEXTS = "message_pairs"
"""SQLite's index of what was said has no rows that could be read."""


def _revisions() -> list[str]:
    """Give what to come from: every revision in full; else an early and the last one."""
    scripts = ScriptDirectory.from_config(schema.config("")).walk_revisions()
    known = [script.revision for script in scripts][:0:-1]
    return known if LONG else [known[5], known[-1]]


@pytest.fixture
def used(template: Template, tmp_path: Path) -> Iterator[str]:
    """A database in which people have been."""
    with template.copy(tmp_path) as url:
        crowds.arrived(url, MIGRATED_ROWS)
        yield url


@pytest.mark.timeout(300)
@pytest.mark.parametrize("revision", _revisions())
def test_a_migration_that_is_killed_loses_no_row(used: str, revision: str, figure: Tell) -> None:
    schema.downgrade(used, revision)
    before = _counted(used)
    place = Random(revision).randrange(4)  # noqa: S311 - it hides nothing

    killed = subprocess.run(
        [sys.executable, "-c", _DIE, used, str(place)],
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    left = _counted(used)
    began = time.perf_counter()
    schema.upgrade(used)
    lasted = time.perf_counter() - began

    after = _counted(used)
    figure(7, f"some {MIGRATED_ROWS} people, killed, then done in, at most", lasted, "s")
    assert killed.returncode in {-9, 0}
    assert killed.returncode == 0 or left == before
    assert schema.current(used) == schema.head()
    assert {table: after.get(table) for table in before} == before


def _counted(url: str) -> dict[str, int]:
    """Count the rows of each table, but for those that hold the database's own state."""
    engine = schema.engine_for_migrations(url)
    with engine.connect() as connection:
        tables = [
            name
            for name in inspect(connection).get_table_names()
            if name != "alembic_version" and not name.startswith(INDEX_OF_TEXTS)
        ]
        counted = {
            name: int(connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())  # noqa: S608
            for name in tables
        }
    engine.dispose()
    return counted
