"""WeChat's codes as pictures: what WeChat drew, or a QR code of what it says."""

from models import WeChatCode
from services import qr_codes
from services.qr_codes import Style


def png(code: WeChatCode, *, style: Style) -> bytes:
    """Give a code as a PNG; a mini-program code is WeChat's own picture, whatever the style.

    Raises:
        CodeTooDense, ColourUnfit, CodeUnreadable
    """
    if code.picture is not None:
        return code.picture
    # WeChat's own QR codes are ordinary ones of an address of its own (facts, section 7.2).
    return qr_codes.png(code.url or "", style)
