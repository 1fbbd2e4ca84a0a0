"""What the system remembers: one file per table, SQLAlchemy and nothing else."""

from models.access_token import AccessToken
from models.base import Base, ContentRow, Row
from models.bilingual import Bilingual
from models.channel import Channel
from models.consultation import Consultation
from models.contact_card import ContactCard
from models.contact_channel import ContactChannel
from models.content_record import ContentRecord
from models.conversation import Conversation
from models.delivery import Delivery
from models.delivery_attempt import DeliveryAttempt
from models.document import Document
from models.erasure import Erasure
from models.feedback_channel import FeedbackChannel
from models.feedback_item import FeedbackItem
from models.feedback_version import FeedbackVersion
from models.idempotent_answer import IdempotentAnswer
from models.job import Job
from models.job_schedule import JobSchedule
from models.link_visit import LinkVisit
from models.login_session import LoginSession
from models.menu import Menu
from models.message import Message
from models.message_media import MessageMedia
from models.mirrored_file import MirroredFile
from models.page import Page
from models.publisher import Publisher
from models.push import Push
from models.receipt_head import ReceiptHead
from models.registration import Registration
from models.reply_rule import ReplyRule
from models.reply_settings import ReplySettings
from models.revision import Revision
from models.section import Section
from models.short_link import ShortLink
from models.term import Term
from models.visitor import Visitor
from models.webinar import Webinar

__all__ = [
    "AccessToken",
    "Base",
    "Bilingual",
    "Channel",
    "Consultation",
    "ContactCard",
    "ContactChannel",
    "ContentRecord",
    "ContentRow",
    "Conversation",
    "Delivery",
    "DeliveryAttempt",
    "Document",
    "Erasure",
    "FeedbackChannel",
    "FeedbackItem",
    "FeedbackVersion",
    "IdempotentAnswer",
    "Job",
    "JobSchedule",
    "LinkVisit",
    "LoginSession",
    "Menu",
    "Message",
    "MessageMedia",
    "MirroredFile",
    "Page",
    "Publisher",
    "Push",
    "ReceiptHead",
    "Registration",
    "ReplyRule",
    "ReplySettings",
    "Revision",
    "Row",
    "Section",
    "ShortLink",
    "Term",
    "Visitor",
    "Webinar",
]
