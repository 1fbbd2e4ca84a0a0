"""What becomes of a code between the file and a phone's camera: paper, angle, blur, compression."""

import io
import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image

PIXELS_PER_MM = 8
"""What a phone sees: full-HD video 20 cm away, twelve megapixels at 40 cm."""

PRINTED = 3
"""Dots of a printer to a pixel of the camera: 600 dots an inch."""

TABLE = (200, 190, 170)
TILT, TURN = 25, 12
"""Degrees: the phone is not parallel to the paper, the paper does not lie straight."""

Degradation = Callable[[Image.Image], bytes]


def _shot(image: Image.Image, width: int) -> Any:
    """See a print from straight above, as many pixels wide, with something around it."""
    # The printer is finer than the camera: it shows every pixel of the file as a square.
    finer = math.ceil(PRINTED * width / image.width) * image.width
    printed = image.convert("RGB").resize((finer, finer), Image.Resampling.NEAREST)
    small = printed.resize((width, width), Image.Resampling.BOX)
    edge = width // 3
    return cv2.copyMakeBorder(
        np.asarray(small), edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=TABLE
    )


def _tilted(shot: Any) -> Any:
    side = shot.shape[0]
    away = 2.0 * side
    tilt, turn = math.radians(TILT), math.radians(TURN)
    seen = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        across = side * (x * math.cos(turn) - y * math.sin(turn))
        down = side * (x * math.sin(turn) + y * math.cos(turn))
        nearer = away / (away + across * math.sin(tilt))
        seen.append((across * math.cos(tilt) * nearer + side / 2, down * nearer + side / 2))
    corners = np.array(((0, 0), (side, 0), (side, side), (0, side)), np.float32)
    turned = cv2.getPerspectiveTransform(corners, np.array(seen, np.float32))
    return cv2.warpPerspective(shot, turned, (side, side), borderValue=TABLE)


def _soft(shot: Any, sigma: float) -> Any:
    return cv2.GaussianBlur(shot, (0, 0), sigma)


def _pale(shot: Any) -> Any:
    return (shot * 0.3 + 150).astype(np.uint8)


def _dark(shot: Any) -> Any:
    return (shot * 0.3).astype(np.uint8)


def _saved(shot: Any, quality: int | None = None) -> bytes:
    file = io.BytesIO()
    picture = Image.fromarray(shot)
    if quality is None:
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def degradations(width_mm: int) -> dict[str, Degradation]:
    """Give what a print of that width has to survive, by name."""
    print_ = width_mm * PIXELS_PER_MM
    screen = 480
    return {
        "print": lambda image: _saved(_shot(image, print_)),
        "print, tilted, soft": lambda image: _saved(_soft(_tilted(_shot(image, print_)), 0.8)),
        "print, JPEG 15": lambda image: _saved(_shot(image, print_), 15),
        "print, tilted, soft, JPEG 15": (
            lambda image: _saved(_soft(_tilted(_shot(image, print_)), 0.8), 15)
        ),
        "print, pale": lambda image: _saved(_pale(_shot(image, print_))),
        "print, in the dark": lambda image: _saved(_dark(_shot(image, print_))),
        "screen, tilted, blur 2": lambda image: _saved(_soft(_tilted(_shot(image, screen)), 2)),
        "screen, tilted, blur 2, JPEG 15": (
            lambda image: _saved(_soft(_tilted(_shot(image, screen)), 2), 15)
        ),
    }
