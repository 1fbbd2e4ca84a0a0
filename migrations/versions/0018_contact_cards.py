"""Contact cards."""

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""


def downgrade() -> None:
    """Go one step down."""
