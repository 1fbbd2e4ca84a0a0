"""What the mini-program calls, under /v1."""

from fastapi import APIRouter

from api import problems
from api.conditional import ConditionalRoute
from api.dependencies import Public
from api.miniprogram import (
    consultations,
    contact_cards,
    documents,
    feedback,
    login,
    registrations,
    webinars,
)


def writing() -> APIRouter:
    """Give the endpoints that are each visitor's own."""
    found = APIRouter(prefix="/v1")
    for module in (login, registrations, feedback):
        found.include_router(module.router, responses=problems.NOT_UNDERSTOOD)
    return found


def reading() -> APIRouter:
    """Give all public reading endpoints."""
    found = APIRouter(prefix="/v1", route_class=ConditionalRoute, dependencies=[Public])
    for module in (consultations, documents, webinars, contact_cards):
        found.include_router(module.router, responses=problems.NOT_UNDERSTOOD)
    return found
