"""Contact cards."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KIND = "ck_contact_channels_contactkind"
BEFORE = ("phone", "wechat_id", "wechat_picture", "email")
AFTER = ("phone", "wechat_id", "wechat_picture", "wechat_group", "email")
SUCCESSOR = "fk_contact_cards_replaced_by_id_contact_cards"
REPLACED = "ck_contact_cards_replaced_is_withdrawn"


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("contact_cards", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("replaced_by_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f(SUCCESSOR), "contact_cards", ["replaced_by_id"], ["id"])
        batch_op.create_check_constraint(
            op.f(REPLACED), "replaced_by_id IS NULL OR withdrawn_at IS NOT NULL"
        )
    _allow_kinds(AFTER)
    with op.batch_alter_table("contact_channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "contact_pictures",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (content IS NOT NULL)",
            name=op.f("ck_contact_pictures_kept_while_shown"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["contact_channels.id"],
            name=op.f("fk_contact_pictures_channel_id_contact_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_pictures")),
        sa.UniqueConstraint(
            "channel_id", "version", name=op.f("uq_contact_pictures_channel_id_version")
        ),
    )
    op.create_index(
        "uq_contact_pictures_shown",
        "contact_pictures",
        ["channel_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for column in ("sha256", "code_sha256"):
        op.create_index(op.f(f"ix_contact_pictures_{column}"), "contact_pictures", [column])


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("contact_pictures")
    # The version before knows no groups.
    op.execute("DELETE FROM contact_channels WHERE kind = 'wechat_group'")
    op.execute(
        "DELETE FROM content_records WHERE kind = 'contact_channels'"
        " AND row_id NOT IN (SELECT id FROM contact_channels)"
    )
    _allow_kinds(BEFORE)
    with op.batch_alter_table("contact_channels", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
    with op.batch_alter_table("contact_cards", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(REPLACED), type_="check")
        batch_op.drop_constraint(op.f(SUCCESSOR), type_="foreignkey")
        batch_op.drop_column("replaced_by_id")
        batch_op.drop_column("withdrawn_at")


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("contact_channels", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(KIND), type_="check")
        batch_op.create_check_constraint(op.f(KIND), f"kind IN ({words})")
