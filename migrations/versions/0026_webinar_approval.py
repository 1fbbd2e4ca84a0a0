"""Webinars: approval, announcements by e-mail, follow-ups."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATES = ("confirmed", "waiting", "cancelled")
DECIDED = ("pending", "declined")
REASON = "ck_registrations_declinereason"
REASONS = ("full", "audience", "incomplete", "other")
CHECKS = {
    "registrations": "ck_registrations_registrationstate",
    "notices": "ck_notices_noticekind",
}
KINDS = (
    "seat_confirmed",
    "seat_promoted",
    "seat_cancelled",
    "reminder_day",
    "reminder_soon",
    "comment_answered",
)
NEW_KINDS = (
    "seat_approved",
    "line_approved",
    "registration_declined",
    "announcement",
    "follow_up",
    "follow_up_attended",
    "follow_up_missed",
)


def upgrade() -> None:
    """Go one step up."""
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.alter_column("needs_approval", server_default=None)
    _allow("registrations", "state", (*STATES, *DECIDED))
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("decline_reason", _word("declinereason", *REASONS), nullable=True)
        )
        batch_op.add_column(sa.Column("decline_words", sa.String(length=300), nullable=True))
    op.create_table(
        "announcements",
        sa.Column("webinar_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webinar_id"], ["webinars.id"], name=op.f("fk_announcements_webinar_id_webinars")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(
        op.f("ix_announcements_webinar_id"), "announcements", ["webinar_id"], unique=False
    )
    _allow("notices", "kind", (*KINDS, *NEW_KINDS))
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Go one step down. Whoever waits for a decision, or got a no, has no registration then."""
    op.execute(sa.text(f"DELETE FROM notices WHERE kind IN ({_listed(NEW_KINDS)})"))  # noqa: S608 - our own words
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("registration_id")
    _allow("notices", "kind", KINDS)
    op.drop_index(op.f("ix_announcements_webinar_id"), table_name="announcements")
    op.drop_table("announcements")
    op.execute(
        sa.text(
            "UPDATE registrations SET state = 'cancelled', "  # noqa: S608 - our own words
            "cancelled_at = coalesce(decided_at, registered_at) "
            f"WHERE state IN ({_listed(DECIDED)})"
        )
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(REASON), type_="check")
        for column in ("decline_words", "decline_reason", "decided_at"):
            batch_op.drop_column(column)
    _allow("registrations", "state", STATES)
    with op.batch_alter_table("webinars", schema=None) as batch_op:
        batch_op.drop_column("needs_approval")


def _allow(table: str, column: str, words: tuple[str, ...]) -> None:
    constraint = CHECKS[table]
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(op.f(constraint), type_="check")
        batch_op.create_check_constraint(op.f(constraint), f"{column} IN ({_listed(words)})")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
