"""Domain verification files: small texts that WeChat's console wants to find at a domain's root."""

import re

from services.errors import NotFound
from services.runtime.settings import Settings

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\.txt")


class VerificationFileNotFound(NotFound):
    """There is no such file."""

    code = "not_found"


def content(settings: Settings, name: str) -> bytes:
    """Give a file's bytes as they are, since WeChat compares every one of them.

    Raises:
        VerificationFileNotFound
    """
    folder = settings.verification_files
    if folder is None or not NAME.fullmatch(name):
        raise VerificationFileNotFound
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise VerificationFileNotFound from error
