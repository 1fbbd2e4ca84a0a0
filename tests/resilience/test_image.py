"""The image, without Docker: what its Dockerfile installs, started as its Dockerfile starts it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx2

from tests.support import dockerfile
from tests.support.processes import STOP_SECONDS, free_port

INSTALL_SECONDS = 90
START_SECONDS = 30
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a container listens on
LOOPBACK = "127.0.0.1"


def test_the_image_serves_from_what_the_lock_names_and_writes_its_data_only(
    tmp_path: Path,
) -> None:
    image = _install(tmp_path)
    before = _files(image)

    with _started(image, data_dir=tmp_path / "data") as (url, process):
        with httpx2.Client(base_url=url, trust_env=False) as client:
            page = client.get("/webinars/china")
            style = client.get(re.findall(r'href="(/[^"]+\.css)"', page.text)[0])
            poster = client.get("/posters/consultation.pdf")
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=STOP_SECONDS)

    assert (page.status_code, style.status_code) == (200, 200)
    # Set in a Chinese font, which no font of the system would have helped with.
    assert poster.content.startswith(b"%PDF")
    assert code == 0
    assert _files(image) == before


def _install(tmp_path: Path) -> Path:
    """Do what the Dockerfile does: the locked dependencies, our wheel, the content beside them."""
    image, context = tmp_path / "image", tmp_path / "context"
    dockerfile.copy_context(context)
    subprocess.run(
        [str(context / "deploy" / "install"), str(image / "venv")],
        env=os.environ | {"UV": str(Path(sys.executable).parent / "uv"), "PYTHON": sys.executable},
        check=True,
        timeout=INSTALL_SECONDS,
    )
    shutil.copytree(context / "content", image / "content")
    return image


@contextmanager
def _started(image: Path, *, data_dir: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the entry point with the image's own environment and nothing of the developer's."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secret = image.parent / "secret_key"
    secret.write_text("k" * 40 + "\n", encoding="utf-8")
    environment = dockerfile.environment() | {
        "PATH": f"{image / 'venv' / 'bin'}:{os.defpath}",
        "PORT": str(port),
        "ASI_DATA_DIR": str(data_dir),
        "ASI_PUBLIC_URL": url,
        "ASI_SECRET_KEY_FILE": str(secret),
    }
    command = [*dockerfile.words("ENTRYPOINT"), *dockerfile.words("CMD")]
    with (image.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [LOOPBACK if word == EVERYWHERE else word for word in command],
            cwd=image,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_healthy(process, environment)
        yield url, process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], environment: dict[str, str]) -> None:
    check, pause = dockerfile.words("HEALTHCHECK"), Event()
    for _ in range(START_SECONDS * 4):
        assert process.poll() is None
        asked = subprocess.run(check, env=environment, capture_output=True, check=False)
        if asked.returncode == 0:
            return
        pause.wait(0.25)
    message = "the health check of the Dockerfile never became good"
    raise AssertionError(message)


def _files(folder: Path) -> dict[str, float]:
    return {str(file): file.stat().st_mtime for file in folder.rglob("*") if file.is_file()}
