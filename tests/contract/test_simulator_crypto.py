"""The simulator's own signing and encrypting, by the official vectors."""

import json

import pytest

from wechat_simulator import crypto

VECTOR_KEY = "A" * 43

VECTOR_APPID = "wxba5fad812f8e6fb9"

VECTOR_SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQq"
    "cvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuM"
    "cp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3"
    "VIYnSeOBrebufAlr7F9mFUPAJGj04="
)


def test_the_official_vectors_of_signing_and_encrypting() -> None:
    token = "AAAAA"
    signed = [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ]
    reply = (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )

    for timestamp, nonce, expected in signed:
        assert crypto.signature(token, timestamp, nonce) == expected
    text = crypto.decrypt(VECTOR_SEALED, key=VECTOR_KEY, appid=VECTOR_APPID)
    assert json.loads(text)["Event"] == "debug_demo"
    assert (
        crypto.encrypt(text, key=VECTOR_KEY, appid=VECTOR_APPID, filler=b"a8eedb185eb2fecf")
        == VECTOR_SEALED
    )
    assert crypto.is_signed(
        "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        *(token, "1714112445", "415670741", VECTOR_SEALED),
    )
    assert (
        crypto.encrypt(
            b'{"demo_resp":"good luck"}',
            key=VECTOR_KEY,
            appid=VECTOR_APPID,
            filler=b"707722b803182950",
        )
        == reply
    )
    assert crypto.is_signed(
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", *(token, "1713424427", "415670741", reply)
    )


@pytest.mark.parametrize("sealed", ["", "***", VECTOR_SEALED[:-4], "A" * 64, VECTOR_SEALED[:-24]])
def test_what_is_not_encrypted_for_the_app_is_unreadable(sealed: str) -> None:
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(sealed, key=VECTOR_KEY, appid=VECTOR_APPID)


def test_what_is_encrypted_for_another_app_is_unreadable() -> None:
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(VECTOR_SEALED, key=VECTOR_KEY, appid="wx0")
