"""One call of the platform's API, and the table row that says what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wechat_simulator.accounts import Account
from wechat_simulator.errors import Failure
from wechat_simulator.people import Person
from wechat_simulator.platform import Platform
from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind
from wechat_simulator.state import State

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
BOTH: tuple[Kind, ...] = (OFFICIAL_ACCOUNT, MINI_PROGRAM)
OA: tuple[Kind, ...] = (OFFICIAL_ACCOUNT,)
MP: tuple[Kind, ...] = (MINI_PROGRAM,)


@dataclass(frozen=True)
class Bytes:
    """An answer that is not JSON."""

    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


Answer = dict[str, Any] | Bytes
Right = Callable[[Account], bool]


@dataclass(frozen=True)
class Upload:
    """The file of a multipart form."""

    name: str
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How often an endpoint may be called, and the code of the call that is too many."""

    period: Literal["second", "minute", "day"]
    calls: int
    errcode: int = 45009


@dataclass(kw_only=True)
class Call:
    """A call whose preconditions hold."""

    platform: Platform
    account: Account
    query: Mapping[str, str]
    body: dict[str, Any]
    text: str
    """The body as it was sent."""
    upload: Upload | None
    rid: str
    client: str

    @property
    def state(self) -> State:
        """Give the platform's memory."""
        return self.platform.state

    @property
    def now(self) -> float:
        """Give the simulated time."""
        return self.platform.clock.now()

    @property
    def credentials_now(self) -> float:
        """Give the time that codes and tokens go by."""
        return self.platform.clock.credentials()

    def word(self, name: str) -> str:
        """Give a field of the body as a text; nothing at all is an empty one."""
        value = self.body.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int) -> int:
        """Give a whole number of the body; anything else is 47001."""
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Failure(47001)
        return value

    def person(self, openid: str) -> Person:
        """Find the person this account knows by that name, else 40003."""
        person = self.platform.person(openid)
        if person is None or person.openid(self.account.kind) != openid:
            raise Failure(40003)
        return person


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What one endpoint needs before it runs; preconditions are checked in the facts' order."""

    path: str
    run: Callable[[Call], Answer]
    method: Literal["GET", "POST", "ANY"] = "POST"
    accounts: tuple[Kind, ...] = BOTH
    right: Right | None = None
    right_errcode: int = 48001
    body: Literal["json", "form", "none"] = "json"
    limits: tuple[Limit, ...] = ()
    content_type: str = "application/json; encoding=utf-8"


@dataclass(kw_only=True)
class OpenCall:
    """A call that needs no access token."""

    platform: Platform
    query: Mapping[str, str]
    body: dict[str, Any]
    method: str
    client: str
    rid: str

    @property
    def state(self) -> State:
        """Give the platform's memory."""
        return self.platform.state

    @property
    def now(self) -> float:
        """Give the time that codes and tokens go by."""
        return self.platform.clock.credentials()

    def argument(self, name: str) -> str:
        """Give an argument, from the query or the body."""
        value = self.query.get(name, self.body.get(name, ""))
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True)
class OpenEndpoint:
    """An endpoint without an access token: it checks its own arguments."""

    path: str
    run: Callable[[OpenCall], Answer]
    method: Literal["GET", "POST", "ANY"] = "GET"
    content_type: str = "application/json; encoding=utf-8"
