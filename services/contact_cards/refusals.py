"""What contact cards refuse."""

from services.errors import Conflict, Gone, Malformed, NotFound


class ContactCardNotFound(NotFound):
    """There is no such contact card."""

    code = "contact_card_not_found"


class ContactCardWithdrawn(Gone):
    """The contact card is no longer valid."""

    code = "contact_card_withdrawn"


class ContactCardReplaced(Gone):
    """Another card has taken this one's place."""

    code = "contact_card_replaced"


class SuccessorUnfit(Conflict):
    """That card cannot take another one's place."""

    code = "contact_successor_unfit"


class ContactChannelNotFound(NotFound):
    """The card has no such channel."""

    code = "contact_channel_not_found"


class ContactPictureNotFound(NotFound):
    """There is no such picture."""

    code = "contact_picture_not_found"


class ContactPictureOver(Gone):
    """The picture is shown no more."""

    code = "contact_picture_over"


class PictureUnreadable(Malformed):
    """The file is no picture that can be opened."""

    code = "contact_picture_unreadable"


class PictureWithoutCode(Malformed):
    """The picture does not show exactly one code that can be read."""

    code = "contact_picture_without_code"


class PictureForeign(Malformed):
    """The code in the picture is not WeChat's, or not of the channel's kind."""

    code = "contact_picture_foreign"


class PictureTimeUnfit(Malformed):
    """The code cannot be valid until then."""

    code = "contact_picture_time_unfit"
