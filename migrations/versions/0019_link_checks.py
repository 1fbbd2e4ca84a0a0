"""Link checks."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OUTCOMES = (
    "good",
    "status",
    "unreachable",
    "timed_out",
    "too_large",
    "page_instead",
    "off_list",
    "redirect_refused",
    "redirect_loop",
    "private_address",
)


def upgrade() -> None:
    """Go one step up."""
    outcome = sa.Enum(
        *OUTCOMES, name="linkoutcome", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "link_checks",
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("moved_to", sa.String(length=2000), nullable=True),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_type", sa.String(length=120), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("known_sha256", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(failures = 0) = (outcome = 'good')",
            name=op.f("ck_link_checks_failures_are_counted"),
        ),
        sa.CheckConstraint(
            "(failures = 0) = (failing_since IS NULL)",
            name=op.f("ck_link_checks_failing_has_a_beginning"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_checks")),
        sa.UniqueConstraint("address", name=op.f("uq_link_checks_address")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("link_checks")
