"""Web visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=40), nullable=False, server_default="mini_program")
        )
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_login_sessions_sessionkind"), "kind IN ('mini_program', 'pages')"
        )


def downgrade() -> None:
    """Go one step down."""
    # The version before would take a cookie's token for the mini-program's.
    op.execute("DELETE FROM login_sessions WHERE kind = 'pages'")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_login_sessions_sessionkind"), type_="check")
        batch_op.drop_column("kind")
