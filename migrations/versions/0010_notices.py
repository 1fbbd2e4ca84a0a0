"""Notices."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "subscription_permits",
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_client", sa.Boolean(), nullable=False),
        sa.Column("from_wechat", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["visitors.id"],
            name=op.f("fk_subscription_permits_visitor_id_visitors"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_permits")),
    )
    op.create_index(
        "ix_subscription_permits_of_visitor", "subscription_permits", ["visitor_id", "template_id"]
    )
    op.create_table(
        "notices",
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _word(
                "noticekind",
                "seat_confirmed",
                "seat_promoted",
                "seat_cancelled",
                "reminder_day",
                "reminder_soon",
                "comment_answered",
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            _word("noticestate", "planned", "sending", "sent", "failed", "none", "unknown"),
            nullable=False,
        ),
        sa.Column(
            "channel",
            _word("noticechannel", "subscription", "conversation", "email"),
            nullable=True,
        ),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("permit_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_notices_visitor_id_visitors")
        ),
        sa.ForeignKeyConstraint(
            ["permit_id"],
            ["subscription_permits.id"],
            name=op.f("fk_notices_permit_id_subscription_permits"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_notices_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("visitor_id", "kind", "subject_id", name="uq_notices_once"),
    )
    op.create_index(op.f("ix_notices_permit_id"), "notices", ["permit_id"])
    op.create_index("ix_notices_subject", "notices", ["subject_id", "kind"])
    op.create_index(
        "ix_notices_open",
        "notices",
        ["planned_at"],
        sqlite_where=sa.text("state IN ('planned', 'sending')"),
        postgresql_where=sa.text("state IN ('planned', 'sending')"),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("notices")
    op.drop_table("subscription_permits")


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
