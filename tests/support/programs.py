"""Programs that a test gives something to: missing in CI is a failure, elsewhere a skip."""

import os
import shutil

import pytest


def found(name: str) -> str:
    """Give a program's path; without it, fail in CI and skip elsewhere."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if path is not None:
        return path
    message = f"{name} is not installed (Debian: apt-get install {name})"
    if os.environ.get("CI") == "true" or os.environ.get("ASI_REQUIRE_SERVICES"):
        pytest.fail(message)
    pytest.skip(message)
