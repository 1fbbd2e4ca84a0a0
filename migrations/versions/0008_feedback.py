"""Feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "receipt_heads",
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_receipt_heads")),
    )
    op.create_table(
        "feedback_items",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=True),
        sa.Column("secret_sha256", sa.String(length=64), nullable=True),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_feedback_items_consultation_id_consultations"),
        ),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_feedback_items_visitor_id_visitors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_items")),
        sa.UniqueConstraint("receipt", name=op.f("uq_feedback_items_receipt")),
    )
    for column in ("consultation_id", "visitor_id"):
        op.create_index(
            op.f(f"ix_feedback_items_{column}"), "feedback_items", [column], unique=False
        )
    op.create_table(
        "feedback_versions",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "zh",
                "en",
                name="language",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("standard", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("comment_type", sa.String(length=60), nullable=True),
        sa.Column("stance", sa.String(length=60), nullable=True),
        sa.Column("proposed_text", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("stakeholder", sa.String(length=60), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("may_contact", sa.Boolean(), nullable=False),
        sa.Column("may_publish_text", sa.Boolean(), nullable=False),
        sa.Column("may_publish_name", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["feedback_items.id"],
            name=op.f("fk_feedback_versions_item_id_feedback_items"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_versions")),
        sa.UniqueConstraint(
            "item_id", "ordinal", name=op.f("uq_feedback_versions_item_id_ordinal")
        ),
        sa.UniqueConstraint(
            "series", "position", name=op.f("uq_feedback_versions_series_position")
        ),
        sa.UniqueConstraint("receipt_sha256", name=op.f("uq_feedback_versions_receipt_sha256")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("feedback_versions")
    op.drop_table("feedback_items")
    op.drop_table("receipt_heads")
