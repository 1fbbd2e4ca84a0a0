"""Where a reader in WeChat is sent to be told to us, and sent back from."""

from urllib.parse import quote

API = "https://api.weixin.qq.com"
OPEN = "https://open.weixin.qq.com"
PATH = "/connect/oauth2/authorize"


def address(*, api_url: str, appid: str, back_to: str, state: str) -> str:
    """Give the address that asks for a reader's openid and nothing more, without a question.

    WeChat wants the arguments in this order, the fragment behind them, and a state of at most 128
    letters and digits (facts, section 3). A simulator has all of WeChat's hosts at one address.
    """
    host = OPEN if api_url == API else api_url.rstrip("/")
    return (
        f"{host}{PATH}?appid={quote(appid)}&redirect_uri={quote(back_to, safe='')}"
        f"&response_type=code&scope=snsapi_base&state={quote(state)}#wechat_redirect"
    )
