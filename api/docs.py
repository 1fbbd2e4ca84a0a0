"""The API's documentation as a page, without a foreign request. Development only."""

from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = "/docs/assets"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'self'"
)
"""Swagger UI starts itself from an inline script; no visitor ever sees this page."""


def install(api: FastAPI) -> None:
    """Add /docs."""
    folder = str(files("fastapi_standalone_docs").joinpath("static/swagger"))
    api.mount(ASSETS, StaticFiles(directory=folder))
    api.add_api_route("/docs", show, include_in_schema=False)


# No closure over the application: FastAPI remembers each endpoint it ever saw, and would keep it.
async def show(request: Request) -> HTMLResponse:
    """Give the page."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=request.app.title,
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return page
