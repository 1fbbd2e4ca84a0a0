"""Jobs.

On SQLite a table of our own; on PostgreSQL the schema of Procrastinate 3.10, as its package has it
in sql/schema.sql. A later version's own migrations become migrations here.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PROCRASTINATE = Path(__file__).with_name("0002_procrastinate.sql")

REMOVE_PROCRASTINATE = r"""
DO $$
DECLARE
    found record;
BEGIN
    DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
        procrastinate_workers CASCADE;
    FOR found IN
        SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\_%'
    LOOP
        EXECUTE 'DROP FUNCTION ' || found.signature;
    END LOOP;
    DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status,
        procrastinate_job_event_type;
END;
$$
"""


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "job_schedules",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_job_schedules")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _create_jobs()
    else:
        _run(PROCRASTINATE.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Go one step down."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("jobs")
    else:
        _run(REMOVE_PROCRASTINATE)
    op.drop_table("job_schedules")


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "dead",
                "expired",
                name="jobstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )
    waiting, running = sa.text("state = 'waiting'"), sa.text("state = 'running'")
    op.create_index("ix_jobs_waiting", "jobs", ["id"], sqlite_where=waiting)
    op.create_index("ix_jobs_running", "jobs", ["id"], sqlite_where=running)
    op.create_index("uq_jobs_waiting_key", "jobs", ["key"], unique=True, sqlite_where=waiting)


def _run(statements: str) -> None:
    """Run many statements at once, per cent signs and all, which only the driver itself does."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 - the connection is in use
    driver.execute(statements)
