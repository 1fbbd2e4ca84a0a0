"""Pictures such as WeChat saves of somebody's code: a screen with a name, a face and a code."""

import io

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

PERSON = "https://u.wechat.com/kNp3fictionalContact?s=2"
GROUP = "https://weixin.qq.com/g/AwYAAfictionalGroupOfReaders"
PAYMENT = "wxp://f2f0fictionalPayment"

SCREEN = (1080, 1500)
CODE = 660


def screen(text: str, *, kind: str = "PNG", turned: bool = False) -> bytes:
    """Draw a screen with a code; `turned` as a phone that was held sideways would store it."""
    image = Image.new("RGB", SCREEN, "#ededed")
    drawing = ImageDraw.Draw(image)
    drawing.rounded_rectangle((90, 120, 990, 1380), 30, fill="#ffffff")
    drawing.rounded_rectangle((150, 180, 270, 300), 12, fill="#2f7f4f")
    drawing.rectangle((300, 200, 640, 230), fill="#333333")
    image.paste(_code(text), ((SCREEN[0] - CODE) // 2, 480))
    kept = io.BytesIO()
    exif = Image.Exif()
    if turned:
        image = image.rotate(90, expand=True)
        exif[0x0112] = 6
    exif[0x010E] = "somebody's private words"
    image.save(kept, kind, exif=exif)
    return kept.getvalue()


def two_codes() -> bytes:
    """Draw a picture with two codes."""
    image = Image.new("RGB", (CODE * 2, CODE), "#ffffff")
    image.paste(_code(PERSON), (0, 0))
    image.paste(_code(GROUP), (CODE, 0))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def _code(text: str) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2, box_size=12)
    code.add_data(text)
    image: Image.Image = code.make_image().get_image().convert("RGB").resize((CODE, CODE))
    face = Image.new("RGB", (CODE // 8, CODE // 8), "#2f7f4f")
    image.paste(face, ((CODE - face.width) // 2,) * 2)
    return image
