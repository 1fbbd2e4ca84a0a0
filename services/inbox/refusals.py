"""What the inbox refuses."""

from services.errors import Conflict, Malformed, NotFound


class ConversationNotFound(NotFound):
    """There is no such conversation, or its visitor's data were erased."""

    code = "conversation_not_found"


class AnsweredMeanwhile(Conflict):
    """Somebody else of ours has answered since the page was opened."""

    code = "answered_meanwhile"


class AnswerTooLong(Malformed):
    """The answer is longer than WeChat takes."""

    code = "answer_too_long"


class AssigneeUnfit(Malformed):
    """Whoever is to look after it cannot answer messages, or works here no more."""

    code = "assignee_unfit"


class CannedReplyNotFound(NotFound):
    """There is no such canned reply."""

    code = "canned_reply_not_found"


class CannedReplyUnfit(Malformed):
    """A placeholder in the text is none that can be filled in."""

    code = "canned_reply_unfit"


class CannedReplyTaken(Conflict):
    """Another canned reply has this title."""

    code = "canned_reply_taken"


class MessagePictureNotFound(NotFound):
    """The message has no picture that can be shown, or not any more."""

    code = "message_picture_not_found"


class MessageUnfit(Conflict):
    """No comment can be made of the message: it is no text of a visitor, or its text is gone."""

    code = "message_unfit"


class ConsentNotTold(Malformed):
    """Nobody has said that the visitor agreed to it."""

    code = "consent_not_told"


class TagsUnfit(Malformed):
    """There are too many tags, or one is too long."""

    code = "tags_unfit"
