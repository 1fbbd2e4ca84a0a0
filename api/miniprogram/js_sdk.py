"""Signatures for WeChat's JS-SDK, for pages of this service and no others."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import CurrentDoors, CurrentParts
from api.problems import refusals
from miniprogram_contract import js_sdk as contract
from services import addresses
from services.conversations.work import AccountMissing
from services.wechat.refusals import WeChatError

router = APIRouter(tags=["js-sdk"])


@router.get(
    "/js-sdk-signature",
    responses=refusals(addresses.AddressForeign, AccountMissing, WeChatError),
)
async def sign_page(
    ask: Annotated[contract.SignPage, Query()],
    doors: CurrentDoors,
    parts: CurrentParts,
    response: Response,
) -> contract.PageSignature:
    """Sign a page, so that it may use WeChat's JS-SDK. The ticket it is signed with stays here."""
    page = addresses.own_page(ask.url, base=parts.urls.base)
    signed = await doors.required_official_account().sign_page(page)
    response.headers["Cache-Control"] = "no-store"
    return contract.PageSignature(
        appId=signed.appid,
        timestamp=signed.timestamp,
        nonceStr=signed.nonce,
        signature=signed.signature,
    )
