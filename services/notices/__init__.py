"""Notices: what people who take part are told later, once each, by the channel still open."""

from services.notices.channels import Means
from services.notices.planning import comment_answered
from services.notices.templates import Templates, TemplatesInvalid

__all__ = ["Means", "Templates", "TemplatesInvalid", "comment_answered"]
