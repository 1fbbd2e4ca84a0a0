"""Faults by script: what goes wrong with the next calls and the next pushes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(kw_only=True)
class CallFault:
    """What goes wrong with calls of paths like this one."""

    path: str
    count: int | None = 1
    """How many calls it meets; None means all."""
    share: float = 1.0
    """Which part of the calls it meets, spread evenly."""
    effect: bool = False
    """The call takes effect all the same, and only its answer is lost."""
    errcode: int | None = None
    errmsg: str | None = None
    status: int | None = None
    """An answer of HTML with this status."""
    delay: float = 0.0
    """Seconds before whatever else happens."""
    timeout: float | None = None
    """Seconds without any answer, after which the connection is closed."""
    drip: float | None = None
    """Seconds over which the answer comes, byte by byte, without an end."""
    bad_json: bool = False
    huge: int | None = None
    """An answer of so many bytes."""
    close: bool = False
    """The connection is closed without an answer."""


@dataclass(kw_only=True)
class PushFault:
    """What goes wrong with pushes of this name: a MsgType, or an Event."""

    push: str
    count: int | None = 1
    share: float = 1.0
    duplicate: int = 0
    """So many more copies of the same POST, all at once."""
    wrong_signature: bool = False
    wrong_appid: bool = False
    plaintext: bool = False
    """Clear text although the account's mode is safe."""
    reorder: bool = False
    """This push is held back and follows the next one."""
    no_retry: bool = False
    stale: float = 0.0
    """Seconds by which the signed time lies in the past."""
    pad: int | None = None
    """Padding bytes of the encrypted text, 1 to 32."""
    lost_answer: bool = False
    """The first answer is lost on its way, so the push comes again."""


@dataclass
class _Script:
    number: int
    fault: CallFault | PushFault
    met: int = 0
    seen: int = 0

    def meets(self) -> bool:
        """Decide about one more case, evenly: with a share of 0.3, 3 in 10."""
        if self.fault.count is not None and self.met >= self.fault.count:
            return False
        before = int(self.seen * self.fault.share)
        self.seen += 1
        if int(self.seen * self.fault.share) == before:
            return False
        self.met += 1
        return True


class Faults:
    """The script in force; older faults are asked first."""

    def __init__(self) -> None:
        self._scripts: list[_Script] = []
        self._last = 0

    def add(self, fault: CallFault | PushFault) -> int:
        """Put a fault into the script and give its number."""
        self._last += 1
        self._scripts.append(_Script(self._last, fault))
        return self._last

    def clear(self) -> None:
        """Let everything go well again."""
        self._scripts.clear()

    def of_call(self, path: str) -> CallFault | None:
        """Give what goes wrong with this call."""
        for script in self._scripts:
            fault = script.fault
            if isinstance(fault, CallFault) and fnmatchcase(path, fault.path) and script.meets():
                return fault
        return None

    def of_push(self, name: str) -> PushFault:
        """Give what goes wrong with this push; the plain one means nothing does."""
        for script in self._scripts:
            fault = script.fault
            if isinstance(fault, PushFault) and fnmatchcase(name, fault.push) and script.meets():
                return fault
        return PushFault(push=name)

    def listed(self) -> list[dict[str, Any]]:
        """Show the script and how often each fault was met."""
        return [{"number": one.number, "met": one.met, **vars(one.fault)} for one in self._scripts]
