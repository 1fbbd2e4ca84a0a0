"""Secret codes: what opens anonymous feedback to whoever sent it, and to nobody else."""

import hashlib
import hmac
import secrets
import unicodedata

from models import FeedbackItem

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that looks or sounds like something else: no 0 and O, no 1, I and L, no U."""

_GROUPS = 5
_GROUP_LENGTH = 4


def make_secret() -> str:
    """Make a code of 98 random bits that can be written down."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def digest(secret: str) -> str:
    """Give what is kept of a code; case, blanks, hyphens and wide letters do not matter."""
    typed = unicodedata.normalize("NFKC", secret).upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(typed.encode()).hexdigest()


def opens(item: FeedbackItem, secret: str) -> bool:
    """Tell whether a code is an item's, in the same time whatever the code."""
    return hmac.compare_digest(item.secret_sha256 or "", digest(secret))
