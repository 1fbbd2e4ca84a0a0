"""The two servers compared: `asi serve` and nginx, with the same answers to give."""

import json
import os
import pwd
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from bench import machine, processes
from bench.answers import Answer
from bench.processes import Server
from bench.tables import SLUG, Table

CONTENT = Path(__file__).parents[1] / "content" / "2026-first"

CLOCK_START = "2026-03-02T09:00+08:00"
"""The first morning of the round in the content pack."""

NGINX = """\
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    gzip_static on;
    types {{ application/json json; text/html html; image/png png; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        root {folder}/files;
        {redirects}
    }}
}}
"""


def ours(folder: Path, *, core: int) -> AbstractContextManager[Server]:
    """Run `asi serve` with an empty data folder; its clean stop writes the last visits."""
    port = processes.free_port()
    command = [str(machine.program("asi")), "serve", "--port", str(port)]
    given = settings(folder) | {"ASI_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    return processes.running("asi serve", command, port=port, folder=folder, core=core, given=given)


def nginx(
    folder: Path, *, core: int, answers: Mapping[Table, Answer]
) -> AbstractContextManager[Server]:
    """Run nginx with files of the same bytes, and with `return 302` to the same address."""
    port = processes.free_port()
    redirects = _write_files(folder / "files", answers)
    user = pwd.getpwuid(os.geteuid()).pw_name
    configuration = folder / "nginx.conf"
    text = NGINX.format(folder=folder, port=port, user=user, redirects=redirects)
    configuration.write_text(text, encoding="utf-8")
    command = ["nginx", "-e", "stderr", "-c", str(configuration)]
    return processes.running("nginx", command, port=port, folder=folder, core=core, given={})


def visits(folder: Path) -> int:
    """Give the visits of the redirect's link, as `asi links visits` tells them."""
    command = [str(machine.program("asi")), "links", "visits", SLUG, "--json"]
    environment = processes.without_settings() | settings(folder)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return sum(row["visits"] for row in json.loads(done.stdout))


def settings(folder: Path) -> dict[str, str]:
    """Give the settings that the server and the command line share."""
    key = folder / "secret_key"
    if not key.exists():
        key.write_text(secrets.token_hex(32), encoding="ascii")
    return {
        "ASI_DATA_DIR": str(folder / "data"),
        "ASI_SECRET_KEY": key.read_text(encoding="ascii"),
        "ASI_CONTENT": str(CONTENT),
        "ASI_CLOCK_START": CLOCK_START,
    }


def _write_files(files: Path, answers: Mapping[Table, Answer]) -> str:
    """Write the bodies as files; give nginx's lines for the redirects."""
    files.mkdir()
    redirects = []
    for table, answer in answers.items():
        if answer.location:
            redirects.append(f"location = {table.peer} {{ return 302 {answer.location}; }}")
        else:
            suffix = ".gz" if answer.encoding == "gzip" else ""
            (files / f"{table.peer[1:]}{suffix}").write_bytes(answer.body)
    return "\n        ".join(redirects)
