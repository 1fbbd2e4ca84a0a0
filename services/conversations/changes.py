"""That a conversation changed: told to whoever looks at it."""

from datetime import datetime

from models import Conversation


def note(conversation: Conversation, *, now: datetime) -> None:
    """Write down that the desk shows something else of it from now on. The caller has locked it."""
    conversation.version += 1
    conversation.changed_at = now
