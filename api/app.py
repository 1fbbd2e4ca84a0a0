"""The composition root of the web process: settings in, an application out."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, remove_compress_type

from api import background, docs, problems, routes, staff
from api.dependencies import Parts
from api.edge import Edge
from api.limits import AddressLimits
from api.methods import MethodOverride
from api.middleware import HeadAsGet, Requests
from api.miniprogram.feedback_attachments import FORM_BYTES, UPLOAD_PATH
from api.official_account.callback import InFront
from api.official_account.callbacks import callbacks, outcomes, refusals
from api.pages import introductions
from api.pages.rendering import Renderer
from api.proxies import Proxies
from api.reply_links import InReplies
from api.staff.content_cards import PICTURE_PATH
from api.staff.content_documents import FILE_PATH
from api.staff.feedback_imports import IMPORT_PATH
from api.staff.webinar_door import PHOTO_PATH
from api.urls import Urls
from services.backlog import Backlog
from services.contact_cards.codes import LARGEST as LARGEST_PICTURE
from services.conversations.derivation import Derivation
from services.conversations.reception import Reception
from services.feedback.files import MEGABYTE
from services.feedback_forms.workbooks import LARGEST_FILE
from services.inbox.watching import Watch
from services.link_health import LinkFigures
from services.mirror import LARGEST as LARGEST_COPY
from services.mirror import CheckedFiles
from services.notices import templates
from services.registrations.photos import LARGEST_PHOTO
from services.runtime.clock import Clock, OffsetClock, installation_clock
from services.runtime.database import Database
from services.runtime.limiting import Limiter
from services.runtime.settings import Settings
from services.runtime.telemetry import Metrics
from services.staff_notices.figures import StaffNoticeFigures
from services.visits import VisitCounter


@dataclass(frozen=True)
class Application:
    """What create_app makes: the whole to serve, and its parts for tests."""

    asgi: ASGIApp
    behind_edge: ASGIApp
    """Every answer is the same here, only slower."""

    api: FastAPI
    parts: Parts
    edge: Edge
    reception: Reception
    derivation: Derivation


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    machine_time: Callable[[], float] = time.time,
) -> Application:
    """Put a web process together. Nothing is opened before the application is started."""
    database = database or Database(settings.database)
    clock = clock or installation_clock(settings)
    visits = VisitCounter(database, clock=clock)
    urls = Urls(settings.public_url)
    renderer = Renderer(urls)
    blind_index = background.blind_index(settings)
    in_replies = InReplies(urls, blind_index)
    watch = Watch(database, clock=clock)
    derivation = Derivation(database, clock=clock, link=in_replies, derived=watch.wake)
    reception = Reception(database, clock=clock, link=in_replies, arrived=derivation.wake)
    pushed = callbacks(settings, reception=reception, machine_time=machine_time)
    limiter = Limiter(
        index=blind_index, now=machine_time, valkey_url=settings.valkey_url.get_secret_value()
    )
    parts = Parts(
        settings=settings,
        database=database,
        clock=clock,
        visits=visits,
        files=CheckedFiles(settings.files_dir),
        renderer=renderer,
        sealer=background.sealer(settings),
        signer=background.signer(settings),
        blind_index=blind_index,
        notice_templates=templates.read(settings.notice_templates),
        machine_clock=lambda: datetime.fromtimestamp(machine_time(), UTC),
        limiter=limiter,
    )
    metrics = Metrics()
    links = LinkFigures(database, clock=clock)
    staff_notices = StaffNoticeFigures(database, clock=clock)
    backlog = Backlog(database, clock=clock, appids=background.appids(settings))
    api = _api(parts, metrics)
    behind_edge = _around(api, parts=parts, metrics=metrics)
    edge = Edge(
        behind_edge,
        database=database,
        clock=clock,
        visits=visits,
        hosts=frozenset(site.host.encode() for site in Urls.every(settings)[1:]),
        refresh_clock=clock.refresh if isinstance(clock, OffsetClock) else _nothing,
    )
    metrics.watch(
        counters={
            "asi_edge_hits": lambda: edge.statistics.hits,
            "asi_edge_misses": lambda: edge.statistics.misses,
            "asi_edge_forgotten": lambda: edge.statistics.forgotten,
            "asi_limits_not_shared": lambda: limiter.failures,
        },
        gauges={
            "asi_visits_waiting": lambda: visits.waiting,
            **links.gauges,
            **backlog.gauges,
            **staff_notices.gauges,
        },
        words={
            "asi_limited": lambda: limiter.refused,
            "asi_pushes": lambda: outcomes(pushed),
            "asi_pushes_refused": lambda: refusals(pushed),
        },
    )
    api.state.edge = edge
    api.state.watch = watch
    api.state.loops = (
        edge.run,
        visits.run,
        reception.run,
        derivation.run,
        links.run,
        staff_notices.run,
        backlog.run,
        watch.run,
    )

    return Application(
        asgi=_behind_proxies(InFront(edge, pushed, observe=metrics.observe_push), settings),
        behind_edge=_behind_proxies(InFront(behind_edge, pushed), settings),
        api=api,
        parts=parts,
        edge=edge,
        reception=reception,
        derivation=derivation,
    )


def _behind_proxies(application: ASGIApp, settings: Settings) -> ASGIApp:
    trusted = settings.trusted_proxies
    return Proxies(application, trusted=trusted) if trusted else application


def _nothing() -> None:
    """Refresh a clock that is never moved from outside."""


def _around(api: FastAPI, *, parts: Parts, metrics: Metrics) -> ASGIApp:
    settings = parts.settings
    routed = HeadAsGet(MethodOverride(api))
    # Each stream would keep a compressor's window of megabytes for as long as a page is open.
    remove_compress_type("text/event-stream")
    compressed = CompressMiddleware(routed, zstd=False, brotli_quality=9, gzip_level=9)
    return Requests(
        AddressLimits(compressed, application=api, limiter=parts.limiter),
        application=api,
        production=settings.production,
        observe=metrics.observe,
        larger_bodies={
            UPLOAD_PATH: settings.attachment_megabytes * MEGABYTE + FORM_BYTES,
            PHOTO_PATH: LARGEST_PHOTO + FORM_BYTES,
            FILE_PATH: LARGEST_COPY + FORM_BYTES,
            PICTURE_PATH: LARGEST_PICTURE + FORM_BYTES,
            IMPORT_PATH: LARGEST_FILE + FORM_BYTES,
        },
    )


def _api(parts: Parts, metrics: Metrics) -> FastAPI:
    api = FastAPI(
        title="ASI consultation",
        version=version("asi-consultation"),
        description="公开意见征询服务的接口：文件、研讨会、联络名片。",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None if parts.settings.production else "/openapi.json",
        servers=[{"url": parts.settings.public_url}],
        routes=list(routes.every()),
        # The redirect would name the Host header, which anybody may write.
        redirect_slashes=False,
    )
    api.state.parts = parts
    api.state.sites = {site.host: parts.at(site) for site in Urls.every(parts.settings)[1:]}
    api.state.metrics = metrics
    problems.install(api)
    introductions.install(api)
    staff.install(api)
    if not parts.settings.production:
        docs.install(api)
    plain = api.openapi
    # FastAPI documents this as the way to change its document.
    api.openapi = lambda: problems.describe(plain())  # type: ignore[method-assign]
    return api


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    parts: Parts = api.state.parts
    edge: Edge = api.state.edge
    metrics: Metrics = api.state.metrics
    stop = asyncio.Event()
    database = parts.database
    try:
        await database.check()
        await edge.synchronise()
        async with (
            background.doors(parts.settings, database) as doors,
            asyncio.TaskGroup() as tasks,
        ):
            api.state.doors = doors
            background.watch(metrics, doors)
            loops = list(api.state.loops)
            if database.is_sqlite:
                # A file has one serving process, which does its jobs too; PostgreSQL has workers.
                runner = background.runner(parts.settings, database, doors=doors, clock=parts.clock)
                metrics.watch(words={"asi_jobs": lambda: runner.outcomes})
                loops.append(runner.run)
            for loop in loops:
                tasks.create_task(background.kept_running(loop, stop))
            yield
            stop.set()
    finally:
        await parts.limiter.close()
        await database.close()
