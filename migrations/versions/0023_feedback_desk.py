"""Feedback desk."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "feedback_answers",
        _key("feedback_answers", "item_id", "feedback_items"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _key("feedback_answers", "changed_by_id", "staff_accounts"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=60), nullable=True),
        sa.Column("response", sa.JSON(none_as_null=True), nullable=True),
        _key("feedback_answers", "assignee_id", "staff_accounts", nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("public_text", sa.Text(), nullable=True),
        sa.Column("redaction_reason", sa.String(length=200), nullable=True),
        sa.Column("redacted_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(public_text IS NULL) = (redaction_reason IS NULL) "
            "AND (public_text IS NULL) = (redacted_version IS NULL)",
            name=op.f("ck_feedback_answers_redacted_for_a_reason"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_feedback_answers")),
    )
    op.create_index(
        op.f("ix_feedback_answers_assignee_id"), "feedback_answers", ["assignee_id"], unique=False
    )
    op.create_table(
        "synopses",
        _key("synopses", "consultation_id", "consultations"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_synopses")),
    )
    op.create_index("ix_feedback_items_log", "feedback_items", ["consultation_id", "receipt"])
    op.add_column("terms", sa.Column("answer", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Go one step down."""
    with op.batch_alter_table("terms") as batch:
        batch.drop_column("answer")
    op.drop_index("ix_feedback_items_log", table_name="feedback_items")
    op.drop_table("synopses")
    op.drop_table("feedback_answers")


def _key(table: str, column: str, target: str, *, nullable: bool = False) -> sa.Column[sa.Uuid]:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.Column(column, sa.Uuid(), sa.ForeignKey(f"{target}.id", name=name), nullable=nullable)
