"""Telling the contacts that something came in."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('planned', 'sending')")


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "staff_notices",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("kind", _word("staffnoticekind", "news", "webinar"), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("covers_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warns_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            _word("noticestate", "planned", "sending", "sent", "failed", "none", "unknown"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
        sa.UniqueConstraint("key", "way", name="uq_staff_notices_once"),
    )
    op.create_index(
        "ix_staff_notices_open",
        "staff_notices",
        ["planned_at"],
        unique=False,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_staff_notices_kind", "staff_notices", ["kind", "planned_at"], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("staff_notices")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
