"""企业微信's group robots: a key, and twenty messages a minute."""

import re

from wechat_simulator import quotas
from wechat_simulator.calls import OK, Answer, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PER_MINUTE = 20
LONGEST = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
OTHERS = ("image", "news", "file", "template_card")


def send(call: OpenCall) -> Answer:
    """Post a message into the robot's group."""
    key = call.query.get("key", "")
    listed = [key for account in call.state.accounts for key in account.robot_keys]
    if key not in listed if listed else not KEY.fullmatch(key):
        raise Failure(93000)
    quotas.spend(
        call.state, f"robot {key}", "minute", allowed=PER_MINUTE, errcode=45009, now=call.now
    )
    kind = call.argument("msgtype")
    content = call.body.get(kind)
    if kind not in (*LONGEST, *OTHERS) or not isinstance(content, dict):
        raise Failure(40008)
    if kind in LONGEST and not 0 < len(str(content.get("content", "")).encode()) <= LONGEST[kind]:
        raise Failure(40058, "text.content exceed max length")
    call.state.robot_messages.append(
        {"at": call.platform.clock.now(), "msgtype": kind, kind: content}
    )
    return OK


ENDPOINTS = (OpenEndpoint(path="/cgi-bin/webhook/send", run=send, method="POST"),)
