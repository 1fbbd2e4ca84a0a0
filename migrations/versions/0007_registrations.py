"""Registrations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("registered_here", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.alter_column("registered_here", server_default=None)
    op.create_table(
        "registrations",
        sa.Column("webinar_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column(
            "contact_kind",
            sa.Enum(
                "phone",
                "email",
                name="personalcontactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=False),
        sa.Column("contact_index", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "confirmed",
                "waiting",
                "cancelled",
                name="registrationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stakeholder", sa.String(length=60), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitors.id"], name=op.f("fk_registrations_visitor_id_visitors")
        ),
        sa.ForeignKeyConstraint(
            ["webinar_id"], ["webinars.id"], name=op.f("fk_registrations_webinar_id_webinars")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("code", name=op.f("uq_registrations_code")),
    )
    op.create_index(
        op.f("ix_registrations_visitor_id"), "registrations", ["visitor_id"], unique=False
    )
    op.create_index(
        "ix_registrations_line", "registrations", ["webinar_id", "state", "number"], unique=False
    )
    for name, column in (
        ("uq_registrations_active_visitor", "visitor_id"),
        ("uq_registrations_active_contact", "contact_index"),
    ):
        op.create_index(
            name,
            "registrations",
            ["webinar_id", column],
            unique=True,
            sqlite_where=sa.text("state <> 'cancelled'"),
            postgresql_where=sa.text("state <> 'cancelled'"),
        )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("registrations")
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.drop_column("registered_here")
