"""Feedback: tags, translations, entries by hand and imports."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SOURCES = ("mini_program", "h5", "chat", "on_behalf")
WAYS = ("mail", "phone", "meeting", "chat", "form")


def upgrade() -> None:
    """Go one step up."""
    _take_sources(*SOURCES, "excel")
    op.create_table(
        "feedback_origins",
        _key("feedback_origins", "item_id", "feedback_items"),
        _key("feedback_origins", "entered_by_id", "staff_accounts"),
        sa.Column("way", _word(*WAYS, name="entryway"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("sealed_sender", sa.LargeBinary(), nullable=True),
        sa.Column("row_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_feedback_origins")),
        sa.UniqueConstraint("row_key", name=op.f("uq_feedback_origins_row_key")),
    )
    op.create_table(
        "feedback_imports",
        _key("feedback_imports", "consultation_id", "consultations"),
        _key("feedback_imports", "uploaded_by_id", "staff_accounts"),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_rows", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_imports")),
    )
    op.create_table(
        "feedback_tags",
        _key("feedback_tags", "item_id", "feedback_items"),
        sa.Column("word", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "word", name=op.f("pk_feedback_tags")),
    )
    op.create_index(op.f("ix_feedback_tags_word"), "feedback_tags", ["word"], unique=False)
    op.create_table(
        "feedback_translations",
        _key("feedback_translations", "item_id", "feedback_items"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", _word("zh", "en", name="language"), nullable=False),
        sa.Column("translated_at", sa.DateTime(timezone=True), nullable=False),
        _key("feedback_translations", "translated_by_id", "staff_accounts"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("proposed_text", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_feedback_translations")),
    )


def downgrade() -> None:
    """Go one step down."""
    op.drop_table("feedback_translations")
    op.drop_index(op.f("ix_feedback_tags_word"), table_name="feedback_tags")
    op.drop_table("feedback_tags")
    op.drop_table("feedback_imports")
    op.drop_table("feedback_origins")
    op.execute("UPDATE feedback_items SET source = 'on_behalf' WHERE source = 'excel'")
    _take_sources(*SOURCES)


def _take_sources(*words: str) -> None:
    name = "ck_feedback_items_feedbacksource"
    allowed = ", ".join(f"'{word}'" for word in words)
    with op.batch_alter_table("feedback_items", schema=None) as batch:
        batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), f"source IN ({allowed})")


def _key(table: str, column: str, of: str) -> sa.Column[object]:
    name = op.f(f"fk_{table}_{column}_{of}")
    return sa.Column(column, sa.Uuid(), sa.ForeignKey(f"{of}.id", name=name), nullable=False)


def _word(*words: str, name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
