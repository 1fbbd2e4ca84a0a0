"""What the system remembers: one file per table, SQLAlchemy and nothing else."""

from models.access_token import AccessToken
from models.announcement import Announcement
from models.answer_draft import AnswerDraft
from models.attempt_count import AttemptCount
from models.audit_entry import AuditEntry
from models.audit_head import AuditHead
from models.base import Base, ContentRow, Row
from models.bilingual import Bilingual
from models.canned_reply import CannedReply
from models.channel import Channel
from models.channel_code import ChannelCode
from models.chat_draft import ChatDraft
from models.check_in import CheckIn
from models.consent import Consent
from models.consultation import Consultation
from models.contact_card import ContactCard
from models.contact_channel import ContactChannel
from models.contact_picture import ContactPicture
from models.contact_recovery import ContactRecovery
from models.content_record import ContentRecord
from models.conversation import Conversation
from models.conversation_note import ConversationNote
from models.conversation_tag import ConversationTag
from models.delivery import Delivery
from models.delivery_attempt import DeliveryAttempt
from models.document import Document
from models.erasure import Erasure
from models.feedback_answer import FeedbackAnswer
from models.feedback_attachment import FeedbackAttachment
from models.feedback_channel import FeedbackChannel
from models.feedback_check import FeedbackCheck
from models.feedback_draft import FeedbackDraft
from models.feedback_import import FeedbackImport
from models.feedback_item import FeedbackItem
from models.feedback_origin import FeedbackOrigin
from models.feedback_tag import FeedbackTag
from models.feedback_translation import FeedbackTranslation
from models.feedback_version import FeedbackVersion
from models.idempotent_answer import IdempotentAnswer
from models.job import Job
from models.job_schedule import JobSchedule
from models.link_check import LinkCheck
from models.link_rule import LinkRule
from models.link_visit import LinkVisit
from models.login_session import LoginSession
from models.media_check import MediaCheck
from models.menu import Menu
from models.message import Message
from models.message_item import MessageItem
from models.message_media import MessageMedia
from models.message_number import MessageNumber
from models.mirrored_file import MirroredFile
from models.notice import Notice
from models.notice_version import NoticeVersion
from models.page import Page
from models.page_visit import PageVisit
from models.publisher import Publisher
from models.push import Push
from models.receipt_head import ReceiptHead
from models.registration import Registration
from models.reply_rule import ReplyRule
from models.reply_settings import ReplySettings
from models.revision import Revision
from models.section import Section
from models.short_link import ShortLink
from models.staff_account import StaffAccount
from models.staff_notice import StaffNotice
from models.staff_recovery_code import StaffRecoveryCode
from models.staff_session import StaffSession
from models.subscription_permit import SubscriptionPermit
from models.synopsis import Synopsis
from models.term import Term
from models.visit_day import VisitDay
from models.visitor import Visitor
from models.visitor_count import VisitorCount
from models.visitor_mark import VisitorMark
from models.webinar import Webinar
from models.wechat_code import WeChatCode

__all__ = [
    "AccessToken",
    "Announcement",
    "AnswerDraft",
    "AttemptCount",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Bilingual",
    "CannedReply",
    "Channel",
    "ChannelCode",
    "ChatDraft",
    "CheckIn",
    "Consent",
    "Consultation",
    "ContactCard",
    "ContactChannel",
    "ContactPicture",
    "ContactRecovery",
    "ContentRecord",
    "ContentRow",
    "Conversation",
    "ConversationNote",
    "ConversationTag",
    "Delivery",
    "DeliveryAttempt",
    "Document",
    "Erasure",
    "FeedbackAnswer",
    "FeedbackAttachment",
    "FeedbackChannel",
    "FeedbackCheck",
    "FeedbackDraft",
    "FeedbackImport",
    "FeedbackItem",
    "FeedbackOrigin",
    "FeedbackTag",
    "FeedbackTranslation",
    "FeedbackVersion",
    "IdempotentAnswer",
    "Job",
    "JobSchedule",
    "LinkCheck",
    "LinkRule",
    "LinkVisit",
    "LoginSession",
    "MediaCheck",
    "Menu",
    "Message",
    "MessageItem",
    "MessageMedia",
    "MessageNumber",
    "MirroredFile",
    "Notice",
    "NoticeVersion",
    "Page",
    "PageVisit",
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
    "StaffAccount",
    "StaffNotice",
    "StaffRecoveryCode",
    "StaffSession",
    "SubscriptionPermit",
    "Synopsis",
    "Term",
    "VisitDay",
    "Visitor",
    "VisitorCount",
    "VisitorMark",
    "WeChatCode",
    "Webinar",
]
