"""Feeds bytes that atheris invents to the envelope until its time is up; a program of its own.

`python -m tests.resilience.fuzzing SECONDS FOLDER` ends with 0 if nothing but our own refusals
was raised and memory stayed within bounds.
"""

import resource
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["services.wechat"]):
    from services.wechat import pushes
    from services.wechat.envelope import Envelope, EnvelopeRefused, Pair

from tests.support import pushes as sent

MOST_GROWTH_KB = 50 * 1024
WARM_UP_RUNS = 2_000

PAIR = Pair(sent.SECRETS.token, sent.SECRETS.key)
SAFE = Envelope(sent.APPID, [PAIR], "safe")
PLAIN = Envelope(sent.APPID, [PAIR], "plain")
QUERY = sent.signed_query().encode()


class Memory:
    """Remembers how much memory was used once all was warm."""

    runs = 0
    warm_kb = 0

    def check(self) -> None:
        """Refuses growth."""
        self.runs += 1
        if self.runs == WARM_UP_RUNS:
            self.warm_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        elif self.runs > WARM_UP_RUNS and self.runs % 1_000 == 0:
            used_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert used_kb - self.warm_kb < MOST_GROWTH_KB, "memory grows"


memory = Memory()


def try_one(data: bytes) -> None:
    """The first byte tells at which door the others are thrown."""
    memory.check()
    door, rest = data[:1], data[1:]
    try:
        if door < b"\x60":
            query, body = sent.post(rest)
            _read_again(SAFE, query.encode(), body)
        elif door < b"\xa0":
            encrypted = sent.encrypt_raw(rest + bytes(-len(rest) % 16) or bytes(16), key=PAIR.key)
            query = sent.signed_query(encrypted=encrypted)
            _read_again(SAFE, query.encode(), sent.wrapped(encrypted))
        elif door < b"\xd0":
            _read_again(PLAIN, QUERY, rest)
        else:
            query_bytes, _, body = rest.partition(b"\n")
            SAFE.verify(query_bytes, at=sent.AT)
            _read_again(SAFE, query_bytes, body)
    except EnvelopeRefused:
        return


def _read_again(box: Envelope, query: bytes, body: bytes) -> None:
    opened = box.open(query, body, at=sent.AT)
    assert opened.text.encode() is not None
    if opened.push is not None:
        assert pushes.read(opened.text) == opened.push
        assert opened.push.key is not None


def seeds() -> list[bytes]:
    """What to begin with: a push of every kind, in XML and in JSON, at the first door."""
    inside = (
        "<SubscribeMsgPopupEvent><List><TemplateId>a</TemplateId></List></SubscribeMsgPopupEvent>"
    )
    texts = [sent.message_xml(kind, {"Content": "草案"}) for kind in pushes.MESSAGES]
    texts += [sent.event_xml(event, {"EventKey": "a"}, inside=inside) for event in pushes.EVENTS]
    texts += [sent.push_json({"MsgType": "event", "Event": event}) for event in pushes.EVENTS]
    return [b"\0" + text.encode() for text in texts] + [b"\xff" + sent.greeting().encode()]


def main(seconds: str, folder: str) -> None:
    """Fuzzes for so many seconds; what is found goes into the folder."""
    for number, seed in enumerate(seeds()):
        Path(folder, f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *limits, folder], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
