"""Codes as pictures: what a phone's camera reads from them, and drawing them."""

import io
from urllib.parse import parse_qs, urlencode

import segno
from PIL import Image

MINI_PROGRAM_CODE = "weixin://simulator/mini-program?"
"""A simulated mini-program code is a QR code of this address with appid, path and query."""
DEFAULT_WIDTH = 430


def mini_program_address(*, appid: str, path: str, query: str) -> str:
    """Give what a simulated mini-program code says."""
    return MINI_PROGRAM_CODE + urlencode({"appid": appid, "path": path, "query": query})


def read_mini_program_address(address: str) -> dict[str, str] | None:
    """Give app id, path and query of a simulated mini-program code."""
    if not address.startswith(MINI_PROGRAM_CODE):
        return None
    fields = parse_qs(address.removeprefix(MINI_PROGRAM_CODE), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def draw(text: str, *, width: int = DEFAULT_WIDTH, transparent: bool = False) -> tuple[bytes, str]:
    """Draw a QR code of this width, and give its content type: JPEG, or PNG if transparent."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=4, border=4)
    picture = Image.open(drawn).convert("RGB").resize((width, width), Image.Resampling.NEAREST)
    written = io.BytesIO()
    picture.save(written, format="PNG" if transparent else "JPEG", quality=95)
    return written.getvalue(), "image/png" if transparent else "image/jpeg"


def sample() -> bytes:
    """Draw a small picture, such as people send."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), (7, 193, 96)).save(written, format="PNG")
    return written.getvalue()
