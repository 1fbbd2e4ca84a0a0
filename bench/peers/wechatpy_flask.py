"""wechatpy in a Flask view, like the example in its repository; gunicorn serves `application`."""

import flask
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

from bench.peers.errand import KEYWORD, Errand

_given = Errand.given()
_crypto = WeChatCrypto(_given.token, _given.key, _given.appid)


def callback() -> str:
    """Answer one push."""
    asked = flask.request.args
    timestamp, nonce = asked["timestamp"], asked["nonce"]
    try:
        check_signature(_given.token, asked["signature"], timestamp, nonce)
        text = _crypto.decrypt_message(flask.request.data, asked["msg_signature"], timestamp, nonce)
    except (InvalidSignatureException, InvalidAppIdException):
        flask.abort(403)
    message = parse_message(text)
    if message.type != "text" or KEYWORD not in message.content:
        return "success"
    reply = create_reply(_given.reply, message)
    sealed: str = _crypto.encrypt_message(reply.render(), nonce, timestamp)
    return sealed


application = flask.Flask(__name__)
application.add_url_rule("/wechat/official-account", view_func=callback, methods=["POST"])
