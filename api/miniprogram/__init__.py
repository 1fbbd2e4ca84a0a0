"""What the mini-program calls, under /v1."""

from fastapi import APIRouter

from api import problems
from api.conditional import ConditionalRoute
from api.dependencies import Public
from api.miniprogram import (
    attending,
    consultations,
    contact_cards,
    documents,
    feedback,
    feedback_attachments,
    feedback_drafts,
    feedback_proofs,
    js_sdk,
    links,
    login,
    privacy,
    privacy_notice,
    recovery,
    registrations,
    scanned_links,
    scenes,
    subscriptions,
    webinars,
)


def writing() -> APIRouter:
    """Give the endpoints whose answers are not the same for everybody."""
    found = APIRouter(prefix="/v1")
    for module in (
        login,
        js_sdk,
        scanned_links,
        scenes,
        registrations,
        attending,
        recovery,
        feedback,
        feedback_drafts,
        feedback_attachments,
        feedback_proofs,
        subscriptions,
        privacy,
    ):
        found.include_router(module.router, responses=problems.NOT_UNDERSTOOD)
    return found


def reading() -> APIRouter:
    """Give all public reading endpoints."""
    found = APIRouter(prefix="/v1", route_class=ConditionalRoute, dependencies=[Public])
    for module in (consultations, documents, webinars, contact_cards, links, privacy_notice):
        found.include_router(module.router, responses=problems.NOT_UNDERSTOOD)
    return found
