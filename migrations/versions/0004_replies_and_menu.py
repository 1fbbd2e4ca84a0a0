"""Replies and menu."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "menus",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_menus_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menus")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_menus_consultation_id")),
    )
    op.create_table(
        "reply_rules",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "welcome",
                "scan",
                "default",
                "out_of_hours",
                "rule",
                name="replypart",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column(
            "match",
            sa.Enum(
                "exact",
                "contains",
                name="matchkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("hand_over", sa.Boolean(), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_reply_rules_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_rules")),
        sa.UniqueConstraint(
            "consultation_id", "part", "key", name=op.f("uq_reply_rules_consultation_id_part_key")
        ),
    )
    op.create_table(
        "reply_settings",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("cooldown_hours", sa.Integer(), nullable=False),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_reply_settings_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_settings")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_reply_settings_consultation_id")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("reply_settings")
    op.drop_table("reply_rules")
    op.drop_table("menus")
