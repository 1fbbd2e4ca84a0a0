"""The content desk: what editors change of links, documents, cards and replies, each deed audited.

They change the rows that commands and packs change, and nothing else: a pack that is loaded later
keeps their edits and shows them as conflicts.
"""

from services.content_desk.deeds import By
from services.content_desk.refusals import ContentChanged, StillNeeded, Use

__all__ = ["By", "ContentChanged", "StillNeeded", "Use"]
