"""The simulator's web process: the platform's own paths, and the control side."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wechat_simulator import dispatch, phone
from wechat_simulator.calls import Endpoint, OpenEndpoint
from wechat_simulator.control import NoSuchPerson, PeopleControl
from wechat_simulator.knobs import NoSuchAccount, PlatformControl
from wechat_simulator.platform import Platform
from wechat_simulator.pushing import Pusher
from wechat_simulator.settings import Settings
from wechat_simulator.table import ENDPOINTS


def create_app(settings: Settings) -> Starlette:
    """Put one platform together."""
    platform = Platform(settings)
    pusher = Pusher(platform)
    platform.connect(pusher.push)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        await platform.stop_errands()
        await pusher.aclose()
        platform.save()

    return Starlette(
        routes=[
            *(_api(platform, endpoint) for endpoint in ENDPOINTS.values()),
            *PeopleControl(platform, pusher).routes(),
            *PlatformControl(platform, pusher).routes(),
            *phone.routes(platform),
        ],
        exception_handlers={
            NoSuchPerson: _no_such_person,
            NoSuchAccount: _no_such_account,
            ValueError: _not_understood,
        },
        lifespan=lifespan,
    )


def _api(platform: Platform, endpoint: Endpoint | OpenEndpoint) -> Route:
    async def answer(request: Request) -> Response:
        return await dispatch.answer(platform, endpoint, request)

    return Route(endpoint.path, answer, methods=["GET", "POST"])


async def _no_such_person(request: Request, error: Exception) -> JSONResponse:
    del error
    return JSONResponse(
        {"error": f"Nobody here is called {request.path_params.get('openid')}."}, status_code=404
    )


async def _no_such_account(request: Request, error: Exception) -> JSONResponse:
    del request, error
    return JSONResponse({"error": "The environment names no such account."}, status_code=409)


async def _not_understood(request: Request, error: Exception) -> JSONResponse:
    del request
    return JSONResponse({"error": str(error)}, status_code=422)
