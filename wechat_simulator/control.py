"""What tests and the phone do in the name of people: follow, write, scan, tap, read."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wechat_simulator import actions
from wechat_simulator.actions import Action, Impossible, Phone
from wechat_simulator.people import Person, new_person
from wechat_simulator.platform import Platform
from wechat_simulator.pushing import Pusher

LONGEST_WAIT = 60.0
USER = "/simulator/users/{openid}"
Body = dict[str, Any]


class NoSuchPerson(Exception):
    """Nobody has this openid."""


class PeopleControl:
    """The control side's routes about people."""

    def __init__(self, platform: Platform, pusher: Pusher) -> None:
        self._platform = platform
        self._pusher = pusher

    def routes(self) -> list[Route]:
        """Give the routes: the people, one of them, their chats, and all that they can do."""
        return [
            Route("/simulator/users", self.add, methods=["POST"]),
            Route("/simulator/users", self.list, methods=["GET"]),
            Route(USER, self.show, methods=["GET"]),
            Route(f"{USER}/inbox", self.inbox, methods=["GET"]),
            *(
                Route(f"{USER}/{name}", self._acting(action), methods=["POST"])
                for name, action in actions.ACTIONS.items()
            ),
        ]

    async def add(self, request: Request) -> JSONResponse:
        """Let a new person buy a phone."""
        body = await read(request)
        number = len(self._platform.state.people) + 1
        nickname = str(body.get("nickname") or f"微信用户{number}")
        person = self._platform.welcome(new_person(nickname))
        self._platform.save()
        return JSONResponse(person.names(), status_code=201)

    async def list(self, request: Request) -> JSONResponse:
        """List the people, oldest first."""
        del request
        return JSONResponse({"users": [_described(one) for one in self._platform.state.people]})

    async def show(self, request: Request) -> JSONResponse:
        """Show what the platform knows of a person."""
        return JSONResponse(_described(self._person(request)))

    async def inbox(self, request: Request) -> JSONResponse:
        """Give what the person received after a number, newest last; `wait` for it if asked.

        With `sent=1` what they wrote is there too.
        """
        person = self._person(request)
        query = request.query_params
        after, both = int(query.get("after", "0")), query.get("sent") == "1"
        clock = self._platform.clock
        until = clock.machine() + min(float(query.get("wait", "0")), LONGEST_WAIT)
        while not (found := _entries(person, after, both=both)):
            left = until - clock.machine()
            if left <= 0:
                break
            await self._platform.news(left)
        typing = actions.is_typing(person, clock.now())
        return JSONResponse({"items": found, "typing": typing})

    def _acting(self, action: Action) -> Callable[[Request], Awaitable[JSONResponse]]:
        """Do something with the person's phone, and answer when the push is through.

        With `"background": true` the answer comes at once.
        """

        async def act(request: Request) -> JSONResponse:
            body = await read(request)
            person, openid = self._person(request), request.path_params["openid"]
            work = action(Phone(self._platform, self._pusher, person, openid), body)
            if body.get("background"):
                self._platform.errand(_quietly(work))
                return JSONResponse({"background": True}, status_code=202)
            try:
                done = await work
            except Impossible as impossible:
                return JSONResponse({"error": str(impossible)}, status_code=409)
            self._platform.save()
            return JSONResponse(done)

        return act

    def _person(self, request: Request) -> Person:
        person = self._platform.person(request.path_params["openid"])
        if person is None:
            raise NoSuchPerson
        return person


async def read(request: Request) -> Body:
    """Read a control request; no body at all is an empty one."""
    body = await request.json() if await request.body() else {}
    if not isinstance(body, dict):
        message = "A control request is a JSON object."
        raise ValueError(message)  # noqa: TRY004 - the caller's fault, answered 422
    return body


def _entries(person: Person, after: int, *, both: bool) -> list[Body]:
    return [
        asdict(entry)
        for entry in person.entries
        if entry.number > after and (both or entry.via != "sent")
    ]


def _described(person: Person) -> Body:
    return {
        **person.names(),
        "following": person.following,
        "visited_at": person.visited_at,
        "windows": {kind: asdict(window) for kind, window in person.windows.items()},
        "grants": person.grants,
    }


async def _quietly(work: Awaitable[Body]) -> None:
    try:
        await work
    except Impossible:
        return
