"""Access tokens."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""


def downgrade() -> None:
    """Go one step down."""
