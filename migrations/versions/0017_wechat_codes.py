"""WeChat codes."""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""


def downgrade() -> None:
    """Go one step down."""
