"""nginx and wrk: there, installed, or asked for."""

import os
import shutil
import subprocess
from pathlib import Path

from bench.failures import Unmeasurable

PROGRAMS = ("nginx", "wrk")

SYSTEMD = Path("/run/systemd/system")
"""Exists where systemd runs (sd_booted(3)); there Debian's nginx would start serving on port 80."""


def require() -> None:
    """Make sure that nginx and wrk are there.

    Installs them for root in a container, where Debian's packages start nothing.

    Raises:
        Unmeasurable
    """
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get") and not SYSTEMD.exists():
        print(f"Installing {' and '.join(missing)} …")
        _install(missing)
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        message = f"{' and '.join(missing)} missing: apt install nginx wrk"
        raise Unmeasurable(message)


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-qq", *command],  # noqa: S607 - wherever this system keeps it
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
