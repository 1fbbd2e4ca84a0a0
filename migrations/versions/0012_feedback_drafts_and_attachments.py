"""Feedback drafts and attachments."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SOURCES = ("mini_program", "h5", "chat", "on_behalf")
_KINDS = ("comment", "question")
_CHECKS = ("unchecked", "passed", "held")


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("feedback_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "source",
                _word(*_SOURCES, name="feedbacksource"),
                nullable=False,
                server_default="mini_program",
            )
        )
        batch_op.add_column(
            sa.Column(
                "kind",
                _word(*_KINDS, name="feedbackkind"),
                nullable=False,
                server_default="comment",
            )
        )
    with op.batch_alter_table("feedback_items", schema=None) as batch_op:
        batch_op.alter_column("source", server_default=None)
        batch_op.alter_column("kind", server_default=None)
    with op.batch_alter_table("feedback_versions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("attachments", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )
    with op.batch_alter_table("feedback_versions", schema=None) as batch_op:
        batch_op.alter_column("attachments", server_default=None)
    op.create_table(
        "feedback_drafts",
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_feedback_drafts_consultation_id_consultations"),
        ),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_feedback_drafts_visitor_id_visitors")
        ),
        sa.PrimaryKeyConstraint("visitor_id", "id", name=op.f("pk_feedback_drafts")),
    )
    op.create_index(
        op.f("ix_feedback_drafts_consultation_id"),
        "feedback_drafts",
        ["consultation_id"],
        unique=False,
    )
    op.create_table(
        "feedback_attachments",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=60), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_state", _word(*_CHECKS, name="attachmentcheck"), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["feedback_items.id"],
            name=op.f("fk_feedback_attachments_item_id_feedback_items"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_attachments")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_feedback_attachments_token_sha256")),
    )
    op.create_index(
        op.f("ix_feedback_attachments_item_id"), "feedback_attachments", ["item_id"], unique=False
    )
    op.create_table(
        "attempt_counts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt_counts")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("attempt_counts")
    op.drop_table("feedback_attachments")
    op.drop_table("feedback_drafts")
    with op.batch_alter_table("feedback_versions", schema=None) as batch_op:
        batch_op.drop_column("attachments")
    with op.batch_alter_table("feedback_items", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_feedback_items_feedbackkind"), type_="check")
        batch_op.drop_constraint(op.f("ck_feedback_items_feedbacksource"), type_="check")
        batch_op.drop_column("kind")
        batch_op.drop_column("source")


def _word(*words: str, name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
