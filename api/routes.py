"""Every route of the web process, in the order in which they are tried.

They know nothing of the application that they serve, so all applications of a process share them:
FastAPI takes 70 ms to add them, and 200 more when they are first tried.
"""

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import (
    checked_pictures,
    codes,
    contact_pictures,
    miniprogram,
    operations,
    posters,
    problems,
    redirects,
    staff,
    wechat_codes,
)
from api.dependencies import Public
from api.pages import (
    articles,
    attending,
    commenting,
    confirming,
    contacts,
    documents,
    feedback_form,
    introductions,
    landing,
    leaving,
    mine,
    registering,
    synopsis,
    webinars,
)
from api.pages.rendering import IMMUTABLE, Asset, assets


@cache
def every() -> tuple[BaseRoute, ...]:
    """Give all routes but those of the API's documentation."""
    router = APIRouter(generate_unique_id_function=lambda route: route.name)
    # A route's first request prepares all that stand before it: the one that asks whether the
    # process is ready need not wait for them.
    router.include_router(operations.router)
    for asset in assets().values():
        _serve(router, asset)
    router.include_router(miniprogram.reading())
    router.include_router(miniprogram.writing())
    for images in (codes, wechat_codes, posters):
        router.include_router(images.router, responses=problems.NOT_UNDERSTOOD)
    for module in (
        redirects,
        articles,
        documents,
        attending,
        registering,
        feedback_form,
        commenting,
        confirming,
        checked_pictures,
        introductions,
        landing,
        leaving,
        mine,
        synopsis,
        webinars,
        contacts,
        contact_pictures,
    ):
        router.include_router(module.router)
    for desk in staff.ROUTERS:
        router.include_router(desk)
    return tuple(router.routes)


def _serve(router: APIRouter, asset: Asset) -> None:
    def give() -> Response:
        return Response(
            asset.content,
            media_type=asset.media_type,
            headers={"Cache-Control": IMMUTABLE},
        )

    router.add_api_route(
        asset.url, give, include_in_schema=False, dependencies=[Public], name=asset.url
    )
