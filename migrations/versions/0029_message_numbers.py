"""Many messages of one second: SQLite's index of texts finds a free number without a walk.

WeChat dates messages by the second, and so the numbers of those that come together collide: from
the 257th of a second on each walked through all before it (0.9 ms for one of some thousand).
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TRIGGERS = ("message_said", "message_changed")

WALKING = """\
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
"""

STEPPING = """\
        coalesce(
            (
                SELECT taken.number + 1 FROM message_numbers AS taken
                WHERE taken.number >= wanted
                AND taken.number < (wanted / 256000000 + 1) * 256000000
                AND EXISTS (SELECT 1 FROM message_numbers WHERE number = wanted)
                ORDER BY taken.number DESC LIMIT 1
            ),
            wanted
        ),
"""
"""After the last of its second, which has room for a million times 256."""


def upgrade() -> None:
    """Go one step up."""
    _replace(WALKING, STEPPING)


def downgrade() -> None:
    """Go one step down."""
    _replace(STEPPING, WALKING)


def _replace(old: str, new: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name in TRIGGERS:
        asked = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?"
        made = connection.exec_driver_sql(asked, (name,)).scalar_one()
        before, found, after = made.partition(old)
        if not found:
            message = f"The trigger {name} is not as migration 0024 made it."
            raise RuntimeError(message)
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(f"{before}{new}{after}")
