"""Webinar days."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WEBINARS = {
    "registration_opens_at": sa.DateTime(timezone=True),
    "registration_closes_at": sa.DateTime(timezone=True),
    "sealed_join_url": sa.LargeBinary(),
    "join_from": sa.DateTime(timezone=True),
    "replay_url": sa.String(length=2000),
    "slides_url": sa.String(length=2000),
    "notes_url": sa.String(length=2000),
}


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        for name, kind in WEBINARS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.alter_column("sequence", server_default=None)
    op.create_table(
        "check_ins",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_check_ins_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
    )
    op.create_index(op.f("ix_check_ins_registration_id"), "check_ins", ["registration_id"])
    op.create_table(
        "contact_recoveries",
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("webinar_id", sa.Uuid(), nullable=False),
        sa.Column("contact_index", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_code", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["visitors.id"],
            name=op.f("fk_contact_recoveries_visitor_id_visitors"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["webinar_id"],
            ["webinars.id"],
            name=op.f("fk_contact_recoveries_webinar_id_webinars"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_contact_recoveries_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_recoveries")),
    )
    for column in ("visitor_id", "contact_index"):
        op.create_index(
            op.f(f"ix_contact_recoveries_{column}"), "contact_recoveries", [column], unique=False
        )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("contact_recoveries")
    op.drop_table("check_ins")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_column("checked_in_at")
        batch_op.drop_column("sequence")
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        for name in reversed(WEBINARS):
            batch_op.drop_column(name)
