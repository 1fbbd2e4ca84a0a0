"""Privacy."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REASONS = ("unfollowed", "authorisation_revoked", "authorisation_cancelled")
ADDED = (
    ("registrations", "may_transfer_abroad", sa.Boolean(), sa.false()),
    ("feedback_versions", "may_transfer_abroad", sa.Boolean(), sa.false()),
    ("publishers", "retention_days", sa.JSON(), sa.text("'{}'")),
)
SUBJECTS = (("registration", "registrations"), ("feedback_item", "feedback_items"))


def upgrade() -> None:
    """Go one step up."""
    for table, name, kind, present in ADDED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=present))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("idempotent_answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visitor_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_idempotent_answers_visitor_id_visitors"), "visitors", ["visitor_id"], ["id"]
        )
        batch_op.create_index(
            op.f("ix_idempotent_answers_visitor_id"), ["visitor_id"], unique=False
        )
    _allow_reasons((*REASONS, "requested"))
    op.create_table(
        "notice_versions",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.JSON(), nullable=False),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_notice_versions_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_versions")),
        sa.UniqueConstraint(
            "consultation_id", "sha256", name=op.f("uq_notice_versions_consultation_id_sha256")
        ),
    )
    op.create_table(
        "consents",
        sa.Column("kind", _words("consentkind", *CONSENT_KINDS), nullable=False),
        sa.Column("notice_version_id", sa.Uuid(), nullable=False),
        sa.Column("language", _words("language", "zh", "en"), nullable=False),
        sa.Column("wording_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("feedback_item_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(registration_id IS NULL) <> (feedback_item_id IS NULL)",
            name=op.f("ck_consents_about_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_version_id"],
            ["notice_versions.id"],
            name=op.f("fk_consents_notice_version_id_notice_versions"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"],
                [f"{table}.id"],
                name=op.f(f"fk_consents_{name}_id_{table}"),
                ondelete="CASCADE",
            )
            for name, table in SUBJECTS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    for name, _ in SUBJECTS:
        op.create_index(op.f(f"ix_consents_{name}_id"), "consents", [f"{name}_id"], unique=False)
        op.create_index(
            f"uq_consents_live_of_{name}",
            "consents",
            [f"{name}_id", "kind"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("consents")
    op.drop_table("notice_versions")
    op.execute("UPDATE erasures SET reason = 'unfollowed' WHERE reason = 'requested'")
    _allow_reasons(REASONS)
    with op.batch_alter_table("idempotent_answers", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_idempotent_answers_visitor_id"))
        batch_op.drop_constraint(
            op.f("fk_idempotent_answers_visitor_id_visitors"), type_="foreignkey"
        )
        batch_op.drop_column("visitor_id")
    for table, name, _, _ in reversed(ADDED):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)


CONSENT_KINDS = ("notice", "contact", "publish_text", "publish_name", "transfer_abroad")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _allow_reasons(words: tuple[str, ...]) -> None:
    name = op.f("ck_erasures_erasurereason")
    allowed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"reason IN ({allowed})")
