"""What the system remembers: one file per table, SQLAlchemy and nothing else."""

from models.base import Base, ContentRow, Row
from models.bilingual import Bilingual
from models.channel import Channel
from models.consultation import Consultation
from models.contact_card import ContactCard
from models.contact_channel import ContactChannel
from models.content_record import ContentRecord
from models.document import Document
from models.feedback_channel import FeedbackChannel
from models.link_visit import LinkVisit
from models.mirrored_file import MirroredFile
from models.page import Page
from models.publisher import Publisher
from models.revision import Revision
from models.section import Section
from models.short_link import ShortLink
from models.term import Term
from models.webinar import Webinar

__all__ = [
    "Base",
    "Bilingual",
    "Channel",
    "Consultation",
    "ContactCard",
    "ContactChannel",
    "ContentRecord",
    "ContentRow",
    "Document",
    "FeedbackChannel",
    "LinkVisit",
    "MirroredFile",
    "Page",
    "Publisher",
    "Revision",
    "Row",
    "Section",
    "ShortLink",
    "Term",
    "Webinar",
]
