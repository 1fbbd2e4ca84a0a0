"""What tests turn: clock, accounts, faults; and what they look at: calls, menu."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wechat_simulator.accounts import Account, Template
from wechat_simulator.control import Body, read
from wechat_simulator.faults import CallFault, PushFault
from wechat_simulator.platform import Platform
from wechat_simulator.pushing import Pusher
from wechat_simulator.settings import OFFICIAL_ACCOUNT

SECRETS = {"secret", "token", "aes_key"}
FIXED = {"kind", "appid"}
Made = TypeVar("Made")


class NoSuchAccount(Exception):
    """The environment names no such account."""


class PlatformControl:
    """The control side's routes about the platform itself."""

    def __init__(self, platform: Platform, pusher: Pusher) -> None:
        self._platform = platform
        self._pusher = pusher

    def routes(self) -> list[Route]:
        """Give the routes: the knobs, and what there is to look at."""
        return [
            Route("/simulator", self.show),
            Route("/simulator/clock", self.move_clock, methods=["POST"]),
            Route("/simulator/account", self.change_account, methods=["POST"]),
            Route("/simulator/faults", self.add_faults, methods=["POST"]),
            Route("/simulator/faults", self.faults, methods=["GET"]),
            Route("/simulator/faults", self.clear_faults, methods=["DELETE"]),
            Route("/simulator/calls", self.calls),
            Route("/simulator/menu", self.menu),
            Route("/simulator/robot", self.robot),
            Route("/simulator/verify", self.verify, methods=["POST"]),
            Route("/simulator/reset", self.reset, methods=["POST"]),
        ]

    async def show(self, request: Request) -> JSONResponse:
        """Show the accounts and the time."""
        del request
        return JSONResponse(
            {
                "accounts": [_shown(one) for one in self._platform.state.accounts],
                "service": self._platform.settings.public_url,
                "now": _written(self._platform.clock.now()),
            }
        )

    async def move_clock(self, request: Request) -> JSONResponse:
        """Set the clock (`at`), let time pass (`advance`, seconds), or let go (`at` null)."""
        body, clock = await read(request), self._platform.clock
        if "advance" in body:
            clock.set(clock.now() + float(body["advance"]))
        else:
            clock.set(None if body.get("at") is None else _instant(body["at"]))
        return JSONResponse({"now": _written(clock.now())})

    async def change_account(self, request: Request) -> JSONResponse:
        """Change what the console says of an account."""
        body = await read(request)
        account = self._account(body)
        _change(account, body)
        self._platform.save()
        return JSONResponse(_shown(account))

    async def add_faults(self, request: Request) -> JSONResponse:
        """Script one fault, or a list of them."""
        body = await request.json()
        made = [_fault(one) for one in (body if isinstance(body, list) else [body])]
        numbers = [self._platform.faults.add(one) for one in made]
        return JSONResponse({"numbers": numbers}, status_code=201)

    async def faults(self, request: Request) -> JSONResponse:
        """List the script, and how often each fault was met."""
        del request
        return JSONResponse({"faults": self._platform.faults.listed()})

    async def clear_faults(self, request: Request) -> JSONResponse:
        """Let everything go well again."""
        self._platform.faults.clear()
        return await self.faults(request)

    async def calls(self, request: Request) -> JSONResponse:
        """List the API calls seen after a number, of one path if asked; oldest first."""
        query = request.query_params
        after, path = int(query.get("after", "0")), query.get("path")
        found = [
            asdict(one)
            for one in self._platform.state.calls
            if one.number > after and path in {None, one.path}
        ]
        return JSONResponse({"calls": found})

    async def menu(self, request: Request) -> JSONResponse:
        """Show the menu in force."""
        del request
        return JSONResponse({"button": self._platform.state.menu or []})

    async def robot(self, request: Request) -> JSONResponse:
        """List what the group robot posted, oldest first."""
        del request
        return JSONResponse({"items": self._platform.state.robot_messages})

    async def verify(self, request: Request) -> JSONResponse:
        """Save the callback's address: the platform asks it for its echo."""
        return JSONResponse(await self._pusher.verify(self._account(await read(request))))

    async def reset(self, request: Request) -> JSONResponse:
        """Forget everything but the settings."""
        del request
        await self._platform.stop_errands()
        self._pusher.forget_held()
        self._platform.reset()
        return JSONResponse({"reset": True})

    def _account(self, body: Body) -> Account:
        account = self._platform.account(body.pop("account", OFFICIAL_ACCOUNT))
        if account is None:
            raise NoSuchAccount
        return account


def _change(account: Account, body: Body) -> None:
    unknown = set(body) - ({field.name for field in fields(Account)} - FIXED)
    if unknown:
        message = f"An account has no {', '.join(sorted(unknown))}."
        raise ValueError(message)
    if "templates" in body:
        body["templates"] = [_made(Template, one) for one in body["templates"]]
    for name, value in body.items():
        setattr(account, name, value)


def _shown(account: Account) -> Body:
    return {name: value for name, value in asdict(account).items() if name not in SECRETS}


def _fault(body: Any) -> CallFault | PushFault:  # noqa: ANN401 - JSON is anything
    return _made(PushFault, body) if "push" in body else _made(CallFault, body)


def _made(kind: type[Made], body: Any) -> Made:  # noqa: ANN401 - JSON is anything
    """Make a value of its fields; what it does not have is the caller's mistake."""
    try:
        return kind(**body)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _instant(at: object) -> float:
    return float(at) if isinstance(at, int | float) else datetime.fromisoformat(str(at)).timestamp()


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
