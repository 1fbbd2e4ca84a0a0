"""Inbox: the index of texts, tags, what became of a message, and that somebody types.

The index keeps itself: on PostgreSQL it is one of `messages`, on SQLite triggers of `messages` fill
it and empty it. A later migration that makes `messages` anew on SQLite has to make them anew too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NUMBER = """
    INSERT INTO message_numbers (number, message_id)
    SELECT
        coalesce(
            (
                SELECT taken.number + 1 FROM message_numbers AS taken
                WHERE taken.number >= wanted
                AND EXISTS (SELECT 1 FROM message_numbers WHERE number = wanted)
                AND NOT EXISTS (SELECT 1 FROM message_numbers WHERE number = taken.number + 1)
                ORDER BY taken.number LIMIT 1
            ),
            wanted
        ),
        new.id
    FROM (
        SELECT
            (
                strftime('%s', new.said_at) * 1000000
                + CAST(substr(new.said_at, 21, 6) AS INTEGER)
            ) * 256
            + (instr('0123456789abcdef', substr(new.id, 1, 1)) - 1) * 16
            + instr('0123456789abcdef', substr(new.id, 2, 1)) - 1 AS wanted
    );
"""
"""A message's place among all: by its instant, then by its key as far as a byte of it goes."""

PAIRS = """(
    SELECT group_concat(
        printf(
            '%06x%06x',
            unicode(substr(said, key + 1, 1)),
            coalesce(unicode(substr(said, key + 2, 1)), 0)
        ),
        ' '
    )
    FROM
        (SELECT lower({text}) AS said),
        json_each('[' || replace(hex(zeroblob(length({text}) - 1)), '00', '0,') || '0]')
)"""
"""Each character with the one after it, as numbers: no tokenizer has an opinion on them."""

FILL = f"""
    INSERT INTO message_pairs (rowid, pairs)
    SELECT number, {PAIRS.format(text="new.text")}
    FROM message_numbers WHERE message_id = new.id;
"""  # noqa: S608 - nothing but what stands above
EMPTY = f"""
    INSERT INTO message_pairs (message_pairs, rowid, pairs)
    SELECT 'delete', number, {PAIRS.format(text="old.text")}
    FROM message_numbers WHERE message_id = old.id;
    DELETE FROM message_numbers WHERE message_id = old.id;
"""  # noqa: S608 - nothing but what stands above
FINDABLE = "new.text <> '' AND new.author <> 'automatic'"
FILLING = f"WHEN {FINDABLE} BEGIN {NUMBER} {FILL} END"

TRIGGERS = {
    "message_said": f"AFTER INSERT ON messages {FILLING}",
    "message_unsaid": f"""
        BEFORE UPDATE OF text ON messages
        WHEN old.text IS NOT new.text BEGIN {EMPTY} END
    """,
    "message_changed": f"""
        AFTER UPDATE OF text ON messages
        WHEN old.text IS NOT new.text AND {FINDABLE} BEGIN {NUMBER} {FILL} END
    """,
    "message_deleted": f"BEFORE DELETE ON messages BEGIN {EMPTY} END",
}

FUNCTION = """
CREATE FUNCTION message_pairs(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    WITH signs AS (
        SELECT sign, lead(sign) OVER (ORDER BY place) AS following
        FROM unnest(string_to_array(lower(said), NULL)) WITH ORDINALITY AS one(sign, place)
    )
    SELECT array_agg(piece) FROM (
        SELECT sign AS piece FROM signs
        UNION SELECT sign || following FROM signs WHERE following IS NOT NULL
    ) AS pieces
$$
"""


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "conversation_tags",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_tags_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "tag", name=op.f("pk_conversation_tags")),
    )
    op.create_index("ix_conversation_tags_of_tag", "conversation_tags", ["tag", "conversation_id"])
    op.create_table(
        "message_items",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_items_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["feedback_items.id"], name=op.f("fk_message_items_item_id_feedback_items")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_items")),
        sa.UniqueConstraint("item_id", name=op.f("uq_message_items_item_id")),
    )
    op.add_column(
        "conversations", sa.Column("typing_shown_at", sa.DateTime(timezone=True), nullable=True)
    )
    if op.get_bind().dialect.name == "sqlite":
        _index_sqlite()
    else:
        _index_postgresql()


def downgrade() -> None:
    """Go one step down."""
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE message_pairs")
        op.drop_table("message_numbers")
    else:
        op.drop_index("ix_messages_pairs", table_name="messages")
        op.drop_index("ix_messages_newest", table_name="messages")
        op.execute("DROP FUNCTION message_pairs(text)")
    op.drop_column("conversations", "typing_shown_at")
    op.drop_table("message_items")
    op.drop_table("conversation_tags")


def _index_sqlite() -> None:
    op.create_table(
        "message_numbers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_numbers_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_message_numbers")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_numbers_message_id")),
    )
    op.execute(
        "CREATE VIRTUAL TABLE message_pairs USING fts5"
        "(pairs, content='', columnsize=0, tokenize='ascii', prefix='6')"
    )
    # What was said before is taken in as if it were said now.
    _create_trigger("message_said_before", f"AFTER UPDATE OF text ON messages {FILLING}")
    op.execute("UPDATE messages SET text = text")
    op.execute("DROP TRIGGER message_said_before")
    for name, rest in TRIGGERS.items():
        _create_trigger(name, rest)


def _create_trigger(name: str, rest: str) -> None:
    # Not as SQLAlchemy's text, in which a colon and a percent sign mean something.
    op.get_bind().exec_driver_sql(f"CREATE TRIGGER {name} {rest}")


def _index_postgresql() -> None:
    op.execute(FUNCTION)
    op.create_index(
        "ix_messages_pairs",
        "messages",
        [sa.text("message_pairs(text)")],
        postgresql_using="gin",
        postgresql_where=sa.text("author <> 'automatic'"),
    )
    op.create_index(
        "ix_messages_newest",
        "messages",
        ["said_at", "id"],
        postgresql_where=sa.text("author <> 'automatic'"),
    )
