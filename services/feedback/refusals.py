"""What is refused about feedback."""

from services.errors import Conflict, Malformed, NotFound, TooLarge, TooMany


class FeedbackNotFound(NotFound):
    """There is no such feedback, or none that whoever asks may see."""

    code = "feedback_not_found"


class RoundNotOpen(Conflict):
    """The round takes no feedback yet."""

    code = "round_not_open"


class RoundClosed(Conflict):
    """The round takes no feedback any more, and none of it changes."""

    code = "round_closed"


class SectionUnknown(Malformed):
    """The round has no section with this standard, version and code."""

    code = "section_unknown"


class TermUnknown(Malformed):
    """A field holds a word that is not in the round's list."""

    code = "term_unknown"


class SenderUnnamed(Malformed):
    """Somebody is to be asked back, or named, of whom it is not known how, or as what."""

    code = "sender_unnamed"


class ReceivedOutsideRound(Malformed):
    """What is entered did not reach us while the round took feedback."""

    code = "received_outside_round"


class AnonymousUnnamed(Malformed):
    """Whoever is anonymous can be neither asked back nor named."""

    code = "anonymous_unnamed"


class FeedbackWithdrawn(Conflict):
    """The feedback was withdrawn, and cannot be changed."""

    code = "feedback_withdrawn"


class TagUnfit(Malformed):
    """A tag is one short word or a few."""

    code = "tag_unfit"


class TooManyTags(Conflict):
    """An item would have more tags than it may."""

    code = "too_many_tags"


class TooManyGuesses(TooMany):
    """Wrong secret codes were tried too often."""

    code = "too_many_guesses"


class DraftNotFound(NotFound):
    """The draft was sent or thrown away."""

    code = "draft_not_found"


class DraftChanged(Conflict):
    """The draft was saved from elsewhere meanwhile."""

    code = "draft_changed"


class TooManyDrafts(Conflict):
    """There are as many drafts as one visitor may have."""

    code = "too_many_drafts"


class AttachmentMissing(Malformed):
    """There is no file in the field `file` of a multipart form."""

    code = "attachment_missing"


class AttachmentTypeRefused(Malformed):
    """The content of the file is of no type that is taken."""

    code = "attachment_type_refused"


class AttachmentUnreadable(Malformed):
    """The file is damaged or was cut off."""

    code = "attachment_unreadable"


class AttachmentTooLarge(TooLarge):
    """The file is larger than may be attached."""

    code = "attachment_too_large"


class PictureTooLarge(TooLarge):
    """The picture has more pixels than are taken."""

    code = "picture_too_large"


class TooManyUploads(TooMany):
    """There were too many files in an hour."""

    code = "too_many_uploads"


class AttachmentUnknown(Malformed):
    """A token of an attachment is wrong, was used, or is more than a day old."""

    code = "attachment_unknown"


class AttachmentNotFound(NotFound):
    """The item has no such attachment."""

    code = "attachment_not_found"


class TooManyAttachments(Conflict):
    """An item would have more attachments than it may."""

    code = "too_many_attachments"


class AttachmentHeld(Conflict):
    """The attachment waits for a person to look at it."""

    code = "attachment_held"
