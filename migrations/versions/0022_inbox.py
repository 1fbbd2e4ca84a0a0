"""Inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATUSES = ("open", "waiting", "resolved")
COUNTS = ("answers", "version")
WAITING = sa.text("waiting_since IS NOT NULL")


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", _status(), nullable=False, server_default="open"))
        batch_op.add_column(sa.Column("assignee_id", sa.Uuid(), nullable=True))
        for count in COUNTS:
            batch_op.add_column(sa.Column(count, sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_conversations_assignee_id_staff_accounts"),
            "staff_accounts",
            ["assignee_id"],
            ["id"],
        )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        for column in ("status", *COUNTS):
            batch_op.alter_column(column, server_default=None)
        for column in ("assignee_id", "changed_at"):
            batch_op.create_index(op.f(f"ix_conversations_{column}"), [column], unique=False)
        batch_op.create_index(
            "ix_conversations_of_status", ["status", "last_message_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_conversations_waiting",
            ["window_closes_at", "id"],
            unique=False,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_messages_staff_id_staff_accounts"), "staff_accounts", ["staff_id"], ["id"]
        )
    op.create_table(
        "conversation_notes",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_notes_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_accounts.id"],
            name=op.f("fk_conversation_notes_staff_id_staff_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_notes")),
    )
    op.create_index(
        op.f("ix_conversation_notes_conversation_id"),
        "conversation_notes",
        ["conversation_id"],
        unique=False,
    )
    op.create_table(
        "answer_drafts",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_answer_drafts_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_accounts.id"],
            name=op.f("fk_answer_drafts_staff_id_staff_accounts"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id", name=op.f("pk_answer_drafts")),
    )
    op.create_table(
        "canned_replies",
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("title", name=op.f("uq_canned_replies_title")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("canned_replies")
    op.drop_table("answer_drafts")
    op.drop_table("conversation_notes")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_messages_staff_id_staff_accounts"), type_="foreignkey")
        batch_op.drop_column("staff_id")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        for index in ("ix_conversations_waiting", "ix_conversations_of_status"):
            batch_op.drop_index(index)
        for column in ("changed_at", "assignee_id"):
            batch_op.drop_index(op.f(f"ix_conversations_{column}"))
        batch_op.drop_constraint(
            op.f("fk_conversations_assignee_id_staff_accounts"), type_="foreignkey"
        )
        batch_op.drop_constraint(op.f("ck_conversations_conversationstatus"), type_="check")
        for column in ("changed_at", *reversed(COUNTS), "assignee_id", "status"):
            batch_op.drop_column(column)


def _status() -> sa.Enum:
    return sa.Enum(
        *STATUSES,
        name="conversationstatus",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
