"""The background of an installation: its doors to WeChat and its jobs, for server and worker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from api.checked_pictures import PictureLinks
from api.urls import Urls
from models.vocabulary import Account
from services import jobs, link_health, upkeep
from services.contact_cards import work as contact_cards
from services.conversations import drafting, questions, typing, work
from services.conversations.work import Doors
from services.feedback import checking, media_checking
from services.feedback_desk import publishing
from services.notices import Means, templates
from services.notices import work as notices
from services.privacy import work as privacy_work
from services.registrations import ContactSafe
from services.runtime import mail
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.mail import Mailer
from services.runtime.sealing import Sealer
from services.runtime.settings import Settings
from services.runtime.signing import Signer
from services.runtime.telemetry import Metrics
from services.staff_notices import Ways as StaffWays
from services.staff_notices import work as staff_notices
from services.visits import work as visits
from services.wechat.client import AccountKeys, Surroundings
from services.wechat.mini_program import MiniProgramClient
from services.wechat.official_account import OfficialAccountClient
from services.wechat_codes import work as wechat_codes

REST_SECONDS = 1.0
"""Before a loop that has failed begins anew."""

log = structlog.get_logger(__name__)


def sealer(settings: Settings) -> Sealer:
    """Make what seals secrets for the database."""
    old = settings.secret_key_old.get_secret_value()
    return Sealer(settings.secret_key.get_secret_value(), old=[old] if old else [])


def signer(settings: Settings) -> Signer:
    """Make what signs what readers' browsers keep for us."""
    old = settings.secret_key_old.get_secret_value()
    return Signer(settings.secret_key.get_secret_value(), old=[old] if old else [])


def blind_index(settings: Settings) -> BlindIndex:
    """Make what finds sealed values."""
    old = settings.secret_key_old.get_secret_value()
    return BlindIndex(settings.secret_key.get_secret_value(), old=[old] if old else [])


@asynccontextmanager
async def doors(settings: Settings, database: Database) -> AsyncIterator[Doors]:
    """Open a door for each account that is configured, and close them at the end."""
    around = Surroundings(
        api_url=settings.wechat_api_url, database=database, sealer=sealer(settings), calls=Counter()
    )
    async with AsyncExitStack() as stack:
        official_account = mini_program = None
        if known := settings.account(Account.OFFICIAL_ACCOUNT):
            keys = AccountKeys(known.appid, known.secret)
            official_account = OfficialAccountClient(keys, around)
            stack.push_async_callback(official_account.aclose)
        if known := settings.account(Account.MINI_PROGRAM):
            keys = AccountKeys(known.appid, known.secret)
            if settings.cloud_hosting:
                # The platform takes such calls up on their way; over TLS it could not.
                there = settings.wechat_api_url.replace("https://", "http://", 1)
                around = replace(around, open_api_url=there)
            mini_program = MiniProgramClient(keys, around)
            stack.push_async_callback(mini_program.aclose)
        yield Doors(
            official_account=official_account, mini_program=mini_program, calls=around.calls
        )


def watch(metrics: Metrics, doors: Doors) -> None:
    """Show what became of calls to WeChat, and of messages."""
    metrics.watch(words={"asi_wechat_calls": lambda: doors.calls, "asi_sends": lambda: doors.sends})


async def kept_running(
    loop: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Run a loop until told to stop, and again where it fails: it must not end the others."""
    while True:
        try:
            await loop(stop)
        except Exception:
            log.exception("loop_failed", loop=loop.__qualname__)
        else:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                await stop.wait()
        if stop.is_set():
            return


def appids(settings: Settings) -> list[str]:
    """Name the accounts that are configured."""
    return [known.appid for account in Account if (known := settings.account(account))]


def mailer(settings: Settings) -> Mailer | None:
    """Make what sends our mail, None where no server is configured."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        return None
    server = mail.server(url, plain=not settings.production)
    return Mailer(server, sender=settings.mail_from)


def staff_ways(settings: Settings) -> StaffWays:
    """Make what those who work here are told with."""
    return StaffWays(
        robot_url=settings.wecom_robot_url.get_secret_value() or None,
        mailer=mailer(settings),
        addresses=settings.staff_mail,
        desk=Urls(settings.public_url).path("/staff"),
        every=timedelta(minutes=settings.staff_notice_minutes),
        quiet=settings.staff_quiet,
    )


def means(settings: Settings, doors: Doors) -> Means:
    """Make what notices are sent with."""
    return Means(
        doors=doors,
        templates=templates.read(settings.notice_templates),
        mailer=mailer(settings),
        safe=ContactSafe(sealer(settings), blind_index(settings)),
        link=Urls(settings.public_url).short,
    )


def schedules(settings: Settings) -> list[jobs.Schedule]:
    """Give what is repeated."""
    return [
        *work.SCHEDULES,
        *notices.SCHEDULES,
        *staff_notices.SCHEDULES,
        *drafting.SCHEDULES,
        *checking.SCHEDULES,
        *privacy_work.SCHEDULES,
        *wechat_codes.SCHEDULES,
        *link_health.schedules(production=settings.production),
        *contact_cards.SCHEDULES,
        *visits.SCHEDULES,
        *upkeep.SCHEDULES,
    ]


def runner(settings: Settings, database: Database, *, doors: Doors, clock: Clock) -> jobs.Runner:
    """Make what runs the jobs of an installation."""
    pictures = PictureLinks(Urls(settings.public_url), signer(settings))
    kinds = [
        *work.kinds(doors),
        typing.kind(doors),
        *notices.kinds(means(settings, doors)),
        *staff_notices.kinds(staff_ways(settings)),
        *drafting.kinds(sealer(settings)),
        *questions.kinds(),
        *checking.kinds(doors.mini_program, sealer(settings)),
        *media_checking.kinds(doors.mini_program, sealer(settings), pictures),
        *publishing.kinds(),
        *privacy_work.kinds(),
        *wechat_codes.kinds(doors),
        *link_health.kinds(),
        *contact_cards.kinds(),
        *visits.kinds(),
        *upkeep.kinds(),
    ]
    registry = jobs.Registry(kinds, schedules(settings))
    return jobs.runner(database, registry, clock=clock)
