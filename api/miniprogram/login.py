"""Logging in and out."""

from fastapi import APIRouter, Depends, Response

from api import cloud_hosting
from api.dependencies import Bearer, CurrentDoors, CurrentParts, CurrentVisitor, Db, MachineNow
from api.problems import refusals
from miniprogram_contract import login as contract
from services import visitors
from services.conversations.work import AccountMissing
from services.runtime import limiting
from services.wechat.refusals import WeChatError

router = APIRouter(tags=["login"])


@router.post(
    "/login",
    dependencies=[Depends(cloud_hosting.refused_where_off)],
    responses=refusals(
        visitors.HostingIdentityRefused,
        visitors.LoginCodeInvalid,
        visitors.LoginCodeUsed,
        visitors.LoginBlocked,
        visitors.LoginTooOften,
        AccountMissing,
        WeChatError,
    ),
)
async def log_in(
    body: contract.LogIn, doors: CurrentDoors, parts: CurrentParts, now: MachineNow, db: Db
) -> contract.Login:
    """Log in with WeChat. What WeChat knows of the visitor stays here."""
    # The transaction begins with its first statement: none is open while WeChat is asked.
    login = await visitors.identify(doors.required_mini_program(), code=body.code)
    await parts.limiter.take(limiting.LOGINS_OF_VISITOR, login.openid)
    appid, sealer = parts.settings.mp_appid, parts.sealer
    done = await visitors.log_in(db, login=login, appid=appid, sealer=sealer, now=now)
    return contract.Login(token=done.token, expires_at=done.expires_at)


@router.post(
    "/login/hosted",
    dependencies=[Depends(cloud_hosting.refused_where_off)],
    responses=refusals(visitors.HostingIdentityRefused, visitors.HostingIdentityMissing),
)
async def log_in_hosted(
    login: cloud_hosting.Identity, parts: CurrentParts, now: MachineNow, db: Db
) -> contract.Login:
    """Log in through wx.cloud.callContainer, which tells us who asks; no code is needed."""
    await parts.limiter.take(limiting.LOGINS_OF_VISITOR, login.openid)
    appid, sealer = parts.settings.mp_appid, parts.sealer
    done = await visitors.log_in(db, login=login, appid=appid, sealer=sealer, now=now)
    return contract.Login(token=done.token, expires_at=done.expires_at)


@router.delete("/login", status_code=204, responses=refusals(visitors.LoginRequired))
async def log_out(visitor: CurrentVisitor, token: Bearer, db: Db) -> Response:
    """End this login."""
    del visitor
    await visitors.log_out(db, token=token)
    return Response(status_code=204)
