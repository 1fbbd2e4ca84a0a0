"""Scans."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CLIENTS = ("wechat", "mini_program", "wechat_desktop", "wecom", "browser", "bot")
SCOPES = ("link", "code", "channel", "reading")
REMEMBERING = ("registrations", "feedback_items")


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "page_visits",
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("client", _word("clientkind", *CLIENTS), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("path", "day_on", "channel", "client", name=op.f("pk_page_visits")),
    )
    op.create_table(
        "visit_days",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("day_on", name=op.f("pk_visit_days")),
    )
    op.create_table(
        "visitor_marks",
        *_about(),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day_on", "scope", "name", "mark", name=op.f("pk_visitor_marks")),
    )
    op.create_table(
        "visitor_counts",
        *_about(),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day_on", "scope", "name", name=op.f("pk_visitor_counts")),
    )
    for table in REMEMBERING:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("channel", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    for table in reversed(REMEMBERING):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("channel")
    for table in ("visitor_counts", "visitor_marks", "visit_days", "page_visits"):
        op.drop_table(table)


def _about() -> list[sa.Column[object]]:
    return [
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("scope", _word("visitorscope", *SCOPES), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
    ]


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
