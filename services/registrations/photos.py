"""Photos of tickets: what a phone's camera saw at the door, where no scanner is at hand."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from services import picture_codes
from services.errors import Malformed
from services.registrations.check_in import PREFIX

LARGEST_PHOTO = 16 * 1024 * 1024
"""Bytes; a phone's photo of 48 million pixels as JPEG has about 12 million."""

MOST_PIXELS = 64_000_000
SIDE = 1600
"""Pixels to which a photo is made smaller: a ticket that fills a quarter of it is read all the
same, and it takes a tenth of the time."""

_UNFIT = (
    OSError,
    SyntaxError,
    ValueError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class TicketUnreadable(Malformed):
    """The photo shows no ticket, or several."""

    code = "ticket_unreadable"


def ticket(content: bytes) -> str:
    """Give the text of the one ticket in a JPEG or PNG; other codes around it do not matter.

    Raises:
        TicketUnreadable
    """
    try:
        photo = _opened(content)
    except _UNFIT as error:
        raise TicketUnreadable from error
    texts = {code.text for code in picture_codes.found(photo)}
    tickets = [text for text in texts if text.startswith(f"{PREFIX}.")]
    if len(tickets) != 1:
        raise TicketUnreadable
    return tickets[0]


def _opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TicketUnreadable
        # A JPEG is not even decoded at its full size then.
        picture.draft("L", (SIDE, SIDE))
        grey = picture.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return grey
