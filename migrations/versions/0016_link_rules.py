"""Link rules."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TARGETS = ("page", "url", "hub", "landing")


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "link_rules",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("clients", sa.JSON(), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column(
            "target_kind",
            sa.Enum(
                *TARGETS, name="ruletarget", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("target", sa.String(length=2000), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(target_kind IN ('hub', 'landing')) = (target IS NULL)",
            name=op.f("ck_link_rules_target_where_needed"),
        ),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_link_rules_begins_before_it_ends")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["short_links.id"], name=op.f("fk_link_rules_link_id_short_links")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_rules")),
        sa.UniqueConstraint("link_id", "key", name=op.f("uq_link_rules_link_id_key")),
    )
    op.create_index(op.f("ix_link_rules_link_id"), "link_rules", ["link_id"])


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("link_rules")
