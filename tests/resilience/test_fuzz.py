"""Invented and evil bytes on the callback: refused or kept, quickly, and never a fault of ours."""

import importlib.util
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from services.wechat.envelope import LARGEST_BODY, Envelope, EnvelopeRefused, Pair
from tests.conftest import ROOT
from tests.resilience.sizes import FUZZ_SECONDS as SECONDS
from tests.support import pushes as sent

MOST_SECONDS = 0.05
MOST_BYTES = 20 * 2**20

SAFE = Envelope(sent.APPID, [Pair(sent.SECRETS.token, sent.SECRETS.key)], "safe")

ENTITIES = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 11))
ATTRIBUTES = " ".join(f"a{n}=''" for n in range(5_000))
DOCUMENTS = {
    "a DTD": "<!DOCTYPE xml><xml><a>b</a></xml>",
    "an entity": "<!DOCTYPE xml [<!ENTITY a 'b'>]><xml><a>&a;</a></xml>",
    "an external entity": "<!DOCTYPE xml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><xml>&a;</xml>",
    "an external DTD": "<!DOCTYPE xml SYSTEM 'http://127.0.0.1:9/a.dtd'><xml><a>b</a></xml>",
    "a parameter entity": "<!DOCTYPE xml [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/'> %a;]><xml/>",
    "a bomb of ten levels": f"<!DOCTYPE xml [<!ENTITY a0 'lol'>{ENTITIES}]><xml>&a10;</xml>",
    "a quadratic bomb": f"<!DOCTYPE xml [<!ENTITY a '{'b' * 9_000}'>]><xml>{'&a;' * 9_000}</xml>",
    "nested tags": "<a>" * 200_000,
    "as many nested tags as fit": "<a>" * 16_000,
    "nested arrays": '{"a":' + "[" * 200_000,
    "as many nested arrays as fit": '{"a":' + "[" * 48_000,
    "brothers": f"<xml>{'<a/>' * 12_000}</xml>",
    "brothers in JSON": f'{{"a":[{"{}," * 16_000}{{}}]}}',
    "attributes": f"<xml><a {ATTRIBUTES}>b</a></xml>",
    "a long text": f"<xml><MsgType>text</MsgType><Content>{'a' * 20_000_000}</Content></xml>",
    "the longest text": f"<xml><MsgType>text</MsgType><Content>{'a' * 48_000}</Content></xml>",
    "a text of brackets": f"<xml><Content><![CDATA[{']' * 48_000}]]></Content></xml>",
    "an unfinished text": f"<xml><Content><![CDATA[{'<a>' * 16_000}",
    "starts of Encrypt": "<xml>" + "<Encrypt>" * 5_000,
    "blanks after Encrypt": "<xml><Encrypt>" + " " * 48_000,
    "a long number": '{"CreateTime":' + "9" * 48_000 + "}",
    "NUL": "<xml><a>\0</a></xml>" * 500,
}
ENCODED = {name: text.encode() for name, text in DOCUMENTS.items()} | {
    "UTF-16": sent.text_xml("草案").encode("utf-16"),
    "UTF-16 by declaration": b"<?xml version='1.0' encoding='UTF-16'?><xml><a>b</a></xml>",
    "UTF-7": "<xml><a>草</a></xml>".encode("utf-7"),
    "UTF-7 by declaration": b"<?xml version='1.0' encoding='UTF-7'?>+ADw-xml/+AD4-",
    "bad UTF-8": b"<xml><a>\xff\xfe\xed\xa0\x80</a></xml>",
}

every_document = pytest.mark.parametrize("name", ENCODED)


def _tried(query: str, body: bytes) -> bool:
    """Tells whether it was taken."""
    try:
        SAFE.open(query.encode(), body, at=sent.AT)
    except EnvelopeRefused:
        return False
    return True


def _fastest(query: str, body: bytes) -> float:
    """Time it without the tracer that measures coverage, which costs more than what it traces."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return _timed(query, body)
    finally:
        sys.settrace(tracer)


def _timed(query: str, body: bytes) -> float:
    """The best of five, in processor time, since other programs run on this machine too."""
    taken = []
    for _ in range(5):
        begun = time.thread_time()
        _tried(query, body)
        taken.append(time.thread_time() - begun)
    return min(taken)


@every_document
def test_what_nobody_signed_is_refused_at_once(name: str) -> None:
    for query in (sent.signed_query(encrypted="QUJD"), sent.post("")[0]):
        assert not _tried(query, ENCODED[name])
        assert _fastest(query, ENCODED[name]) < MOST_SECONDS


@every_document
def test_what_is_signed_is_taken_or_refused_at_once(name: str) -> None:
    query, body = sent.post(ENCODED[name])

    taken = _tried(query, body)

    assert _fastest(query, body) < MOST_SECONDS
    assert not (taken and (len(body) > LARGEST_BODY or b"<!DOCTYPE" in ENCODED[name]))


@every_document
def test_evil_takes_no_memory(name: str) -> None:
    query, body = sent.post(ENCODED[name])

    tracemalloc.start()
    _tried(query, body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < MOST_BYTES


def test_invented_bytes_raise_nothing_but_our_own_refusals(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        reason = "atheris is not installed: it has wheels for Python below 3.13 on Linux x86-64"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    fuzzed = subprocess.run(
        [sys.executable, "-m", "tests.resilience.fuzzing", str(SECONDS), str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS + 45,
    )

    assert fuzzed.returncode == 0, fuzzed.stderr[-4_000:]
    assert "Done" in fuzzed.stderr
