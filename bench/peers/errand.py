"""What every peer is told by whoever starts it: where to listen, with which keys, what to say."""

import os
import sys
from dataclasses import dataclass
from typing import Self

KEYWORD = "草案"
"""What a visitor has to write to be answered."""

REPLY = "BENCH_REPLY"
"""The variable that holds the answer; the keys are in those of the service."""


@dataclass(frozen=True)
class Errand:
    """One peer's."""

    appid: str
    token: str
    key: str
    reply: str

    @classmethod
    def given(cls) -> Self:
        """Read it from the environment."""
        found = os.environ
        return cls(
            appid=found["ASI_OA_APPID"],
            token=found["ASI_OA_TOKEN"],
            key=found["ASI_OA_AES_KEY"],
            reply=found[REPLY],
        )


def port() -> int:
    """Give the port to listen on, the only argument."""
    return int(sys.argv[1])
