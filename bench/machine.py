"""The machine: its cores, how busy they are, and what runs on it in which version."""

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.failures import Unmeasurable

PACKAGES = (
    "uvicorn",
    "uvloop",
    "httptools",
    "fastapi",
    "starlette",
    "sqlalchemy",
    "aiosqlite",
    "psycopg",
    "cryptography",
    "WeRoBot",
    "tornado",
    "wechatpy",
    "Flask",
    "gunicorn",
    "qrcode",
    "segno",
    "zxing-cpp",
    "Pillow",
)
"""What takes part in an answer, ours or a peer's, or in storing what led to it."""

TICKS = os.sysconf("SC_CLK_TCK")
"""/proc counts CPU time in ticks; there are this many to a second."""

IDLE = (3, 4)
"""Places of idle and iowait in a line of /proc/stat; guest time is already part of user."""

COUNTED = 8


@dataclass(frozen=True)
class Cores:
    """Which core serves, and which one makes the load."""

    serving: int
    loading: int


def cores() -> Cores:
    """Choose the first and the last core this process may use, the least likely to be siblings.

    Raises:
        Unmeasurable
    """
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) == 1:
        message = "Two cores are needed: one serves, the other makes the load."
        raise Unmeasurable(message)
    return Cores(serving=usable[0], loading=usable[-1])


def busy_seconds(chosen: Cores) -> float:
    """Give the seconds that both cores have been busy since the machine began."""
    wanted = {f"cpu{chosen.serving}", f"cpu{chosen.loading}"}
    ticks = 0
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *values = line.split()
        if name in wanted:
            ticks += sum(
                int(value) for place, value in enumerate(values[:COUNTED]) if place not in IDLE
            )
    return ticks / TICKS


def cpu_seconds(process: int) -> float:
    """Give the CPU seconds a process has used, in all its threads; 0 when it has ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # The second field is the program's name in brackets and may hold blanks.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(process: int) -> float:
    """Give the resident memory of a process, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def children(process: int) -> list[int]:
    """Give the ids of the processes that a process has started."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(word) for word in listed.split()]


def description() -> dict[str, str]:
    """Say what matters about the machine, without saying which machine it is."""
    return {
        "Cores": f"{os.cpu_count()} ({_processor()})",
        "System": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {_kernel()}",
        "Python": platform.python_version(),
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "nginx": _said("nginx", "-v", pattern=r"nginx/(\S+)"),
        "wrk": _said("wrk", "-v", pattern=r"wrk (?:debian/)?(\S+)"),
    }


def program(name: str) -> Path:
    """Give the path of a program of this environment, such as `asi`."""
    return Path(sys.executable).with_name(name)


def _processor() -> str:
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.+)$", information, re.MULTILINE)
    return found[1] if found else platform.machine()


def _kernel() -> str:
    return ".".join(platform.release().split(".")[:2])


def _said(*command: str, pattern: str) -> str:
    if shutil.which(command[0]) is None:
        return "not installed"  # growth needs neither, and is told of it after half an hour
    # Both write their version to where errors go, and wrk calls that a failure.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "unknown"
