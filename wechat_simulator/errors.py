"""The platform's refusals: codes, texts and the id that ends each of them."""

import secrets

TEXTS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40037: "invalid template_id",
    40052: "invalid action name",
    40053: "invalid action info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40066: "invalid url",
    40097: "invalid args",
    40114: "invalid index value",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40159: "invalid length for path, or the data is not json string",
    40163: "code been used,",
    40165: "invalid weapp pagepath",
    40169: "invalid length for scene, or the data is not json string",
    40200: "invalid account type",
    40212: "invalid query",
    40226: "code blocked",
    40243: "AppSecret frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41008: "missing code",
    41030: "invalid page",
    41039: "invalid content_source_url",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43104: "The openid does not match the appid",
    43107: "capability or template banned",
    43108: "concurrent sends to one user",
    44002: "empty post data",
    44004: "empty content",
    44990: "reach max api second frequence limit",
    44991: "reach max api minute frequence limit",
    44993: "reach max api day frequence limit",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45029: "qrcode count out of limit",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "no message exchanged in the last 30 seconds",
    45081: "typing already",
    45110: "author size out of limit",
    45166: "invalid content",
    45168: "sensitive words",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    53600: "article id is invalid",
    61010: "code is expired",
    76001: "rid not found",
    76002: "rid error",
    76003: "rid does not belong to the caller",
    76004: "rid expired",
    76021: "cgi_path not found",
    76022: "cgi_path belongs to another account type",
    85079: "miniprogram has no online release",
    85096: "not allow include scancode_time field",
    85400: "long-term link quota used up",
    85401: "invalid expire time",
    85402: "invalid path env_version",
    85403: "link not found",
    85407: "account not entitled to links",
    87007: "session_key expired",
    87008: "invalid sig_method",
    87009: "invalid signature",
    93000: "invalid webhook url",
    200012: "private template quota used up",
    200014: "invalid tid",
    200020: "invalid kidList",
    200021: "invalid sceneDesc",
    200100: "template not found",
    9410010: "short key not found",
    9410011: "short key expired",
}


class Failure(Exception):
    """A call that the platform refuses, with its code."""

    def __init__(self, code: int, text: str | None = None) -> None:
        """Take the code's own text, unless the case has a better one."""
        super().__init__(code)
        self.code = code
        self.text = TEXTS.get(code, "error") if text is None else text


def new_rid(at: float) -> str:
    """Make the id of a call; its first part is the Unix second in hexadecimal."""
    return f"{int(at):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


def refusal(failure: Failure, rid: str) -> dict[str, object]:
    """Write a refusal as the platform does."""
    return {"errcode": failure.code, "errmsg": f"{failure.text} rid: {rid}"}
