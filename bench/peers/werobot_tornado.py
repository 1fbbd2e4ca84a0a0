"""WeRoBot on tornado, as its documentation runs it. Sessions, a file of its own, are off."""

from typing import Any

import werobot

from bench.peers import errand
from bench.peers.errand import KEYWORD, Errand


def main() -> None:
    """Serve until ended."""
    given = Errand.given()
    robot = werobot.WeRoBot(
        token=given.token, encoding_aes_key=given.key, app_id=given.appid, enable_session=False
    )

    def answer(message: Any) -> str | None:  # noqa: ANN401 - WeRoBot has no types
        return given.reply if KEYWORD in message.content else None

    robot.add_handler(answer, type="text")
    robot.run(server="tornado", host="127.0.0.1", port=errand.port())


if __name__ == "__main__":
    main()
