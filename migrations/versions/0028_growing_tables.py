"""Growing tables: the next number of a registration, and the days of visits, without a scan."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_index("ix_registrations_number", "registrations", ["webinar_id", "number"])
    op.create_index(op.f("ix_link_visits_day_on"), "link_visits", ["day_on"])
    op.create_index(op.f("ix_page_visits_day_on"), "page_visits", ["day_on"])


def downgrade() -> None:
    """Go one step down."""
    op.drop_index(op.f("ix_page_visits_day_on"), table_name="page_visits")
    op.drop_index(op.f("ix_link_visits_day_on"), table_name="link_visits")
    op.drop_index("ix_registrations_number", table_name="registrations")
