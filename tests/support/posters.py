"""Looking at posters: a PDF's page as a picture, a picture from afar, its codes by two decoders."""

import io
from contextlib import closing
from pathlib import Path

import pypdfium2
from PIL import Image, ImageFilter

from services import picture_codes
from tests.support import wechat_engine


def page(pdf: bytes, *, width: int) -> Image.Image:
    """Rasterise the one page of a PDF to so many pixels across."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) == 1
        sheet = document[0]
        image: Image.Image = sheet.render(scale=width / sheet.get_width()).to_pil()
        return image.convert("RGB")


def words(pdf: bytes) -> str:
    """Give the text of a PDF, as a screen reader or a search finds it."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        text: str = document[0].get_textpage().get_text_range()
        return text


def picture(png: bytes | Path) -> Image.Image:
    """Open a PNG."""
    return Image.open(png if isinstance(png, Path) else io.BytesIO(png)).convert("RGB")


def seen(image: Image.Image) -> dict[str, Image.Image]:
    """Give what a phone may see of it: close, at half the size, out of focus."""
    return {
        "whole": image,
        "half": image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS),
        "blurred": image.filter(ImageFilter.GaussianBlur(2)),
    }


def codes(image: Image.Image) -> list[str]:
    """Give what zxing-cpp reads, in alphabetical order."""
    return sorted(code.text for code in picture_codes.found(image))


def read(image: Image.Image) -> tuple[list[str], list[str]]:
    """Give what WeChat's engine and what zxing-cpp read, each in alphabetical order."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return sorted(wechat_engine.decode(file.getvalue())), codes(image)
