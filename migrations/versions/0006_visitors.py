"""Visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "idempotent_answers",
        sa.Column("owner_sha256", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("owner_sha256", name=op.f("pk_idempotent_answers")),
    )
    op.create_table(
        "visitors",
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mp_openid", sa.String(length=64), nullable=True),
        sa.Column("oa_openid", sa.String(length=64), nullable=True),
        sa.Column("unionid", sa.String(length=64), nullable=True),
        sa.Column("sealed_session_key", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitors")),
        sa.UniqueConstraint("mp_openid", name=op.f("uq_visitors_mp_openid")),
        sa.UniqueConstraint("oa_openid", name=op.f("uq_visitors_oa_openid")),
        sa.UniqueConstraint("unionid", name=op.f("uq_visitors_unionid")),
    )
    op.create_table(
        "login_sessions",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("appid", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_login_sessions_visitor_id_visitors")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login_sessions")),
    )
    op.create_index(
        op.f("ix_login_sessions_visitor_id"), "login_sessions", ["visitor_id"], unique=False
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_index(op.f("ix_login_sessions_visitor_id"), table_name="login_sessions")
    op.drop_table("login_sessions")
    op.drop_table("visitors")
    op.drop_table("idempotent_answers")
