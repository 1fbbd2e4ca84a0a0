"""Channel codes."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CLIENTS = ("wechat", "mini_program", "wechat_desktop", "wecom", "browser", "bot")
COUNTED = ("slug", "day_on", "channel", "client", "kind")


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "channel_codes",
        sa.Column("slug", sa.String(length=16), nullable=False),
        sa.Column("link_slug", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_slug"], ["short_links.slug"], name=op.f("fk_channel_codes_link_slug_short_links")
        ),
        sa.ForeignKeyConstraint(
            ["channel"], ["channels.code"], name=op.f("fk_channel_codes_channel_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_codes")),
        sa.UniqueConstraint("slug", name=op.f("uq_channel_codes_slug")),
        sa.UniqueConstraint(
            "link_slug", "channel", "label", name=op.f("uq_channel_codes_link_slug_channel_label")
        ),
    )
    op.execute("CREATE TABLE link_visits_kept AS SELECT * FROM link_visits")
    op.drop_table("link_visits")
    _create_link_visits(
        "visit", "probe", "scan", extra=[sa.Column("code", sa.String(length=16), nullable=False)]
    )
    columns = ", ".join(COUNTED)
    op.execute(
        f"INSERT INTO link_visits ({columns}, code, visits) "  # noqa: S608 - names of our own
        f"SELECT {columns}, '', visits FROM link_visits_kept"
    )
    op.drop_table("link_visits_kept")


def downgrade() -> None:
    """Go one step down; scans become visits."""
    op.execute(
        "CREATE TABLE link_visits_kept AS SELECT slug, day_on, channel, client, "
        "CASE kind WHEN 'scan' THEN 'visit' ELSE kind END AS kind, sum(visits) AS visits "
        "FROM link_visits GROUP BY 1, 2, 3, 4, 5"
    )
    op.drop_table("link_visits")
    _create_link_visits("visit", "probe", extra=[])
    columns = ", ".join((*COUNTED, "visits"))
    op.execute(
        f"INSERT INTO link_visits ({columns}) "  # noqa: S608 - names of our own
        f"SELECT {columns} FROM link_visits_kept"
    )
    op.drop_table("link_visits_kept")
    op.drop_table("channel_codes")


def _create_link_visits(*kinds: str, extra: list[sa.Column[str]]) -> None:
    op.create_table(
        "link_visits",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("client", _word("clientkind", *CLIENTS), nullable=False),
        sa.Column("kind", _word("visitkind", *kinds), nullable=False),
        *extra,
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slug"], ["short_links.slug"], name=op.f("fk_link_visits_slug_short_links")
        ),
        sa.PrimaryKeyConstraint(
            *COUNTED, *(column.name for column in extra), name=op.f("pk_link_visits")
        ),
    )


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
