"""Scans."""

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""


def downgrade() -> None:
    """Go one step down."""
