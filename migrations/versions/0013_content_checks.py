"""Content checks."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "feedback_checks",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", _verdict(), nullable=False),
        sa.Column("reason", _reason(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_openid", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "verdict = 'pending' OR sealed_openid IS NULL",
            name=op.f("ck_feedback_checks_openid_only_while_pending"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["feedback_items.id"],
            name=op.f("fk_feedback_checks_item_id_feedback_items"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_checks")),
        sa.UniqueConstraint("item_id", "ordinal", name=op.f("uq_feedback_checks_item_id_ordinal")),
    )
    op.create_index(
        "ix_feedback_checks_pending",
        "feedback_checks",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("verdict = 'pending'"),
        postgresql_where=sa.text("verdict = 'pending'"),
    )

    op.create_table(
        "media_checks",
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", _verdict(), nullable=False),
        sa.Column("reason", _reason(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_openid", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "trace_id IS NULL OR sealed_openid IS NULL",
            name=op.f("ck_media_checks_openid_only_until_asked"),
        ),
        sa.CheckConstraint(
            "verdict = 'pending' OR sealed_openid IS NULL",
            name=op.f("ck_media_checks_openid_only_while_pending"),
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["feedback_attachments.id"],
            name=op.f("fk_media_checks_attachment_id_feedback_attachments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_checks")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_media_checks_attachment_id")),
        sa.UniqueConstraint("trace_id", name=op.f("uq_media_checks_trace_id")),
    )
    op.create_index(
        "ix_media_checks_pending",
        "media_checks",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("verdict = 'pending'"),
        postgresql_where=sa.text("verdict = 'pending'"),
    )
    op.create_table(
        "chat_drafts",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("language", _words("language", "zh", "en"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("standard", sa.String(length=20), nullable=True),
        sa.Column("version", sa.String(length=20), nullable=True),
        sa.Column("section", sa.String(length=20), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_chat_drafts_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["feedback_items.id"],
            name=op.f("fk_chat_drafts_item_id_feedback_items"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_chat_drafts_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_drafts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_chat_drafts_message_id")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_chat_drafts_token_sha256")),
    )
    for column in ("conversation_id", "expires_at", "item_id"):
        op.create_index(op.f(f"ix_chat_drafts_{column}"), "chat_drafts", [column], unique=False)


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("chat_drafts")
    op.drop_table("media_checks")
    op.drop_table("feedback_checks")


def _verdict() -> sa.Enum:
    return _words("checkverdict", "pending", "passed", "risky", "needs_review")


def _reason() -> sa.Enum:
    return _words("checkreason", "judged", "impossible", "refused", "late", "person")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
