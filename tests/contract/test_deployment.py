"""What is deployed names only what there is, and is taken by the programs that read it."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer
from typer._click.exceptions import ClickException

from api import cli
from models.vocabulary import Account
from services.runtime import settings as runtime_settings
from services.runtime.settings import PREFIX, Settings
from services.wechat import account, mini_program
from services.wechat.line import Endpoint
from tests.support import programs
from tests.support.processes import ROOT
from tests.support.reverse_proxy import ReverseProxy

DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "compose.yaml"
GUIDES = sorted((ROOT / "docs" / "deploy").glob("*.md"))
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
FILES = [
    ROOT / "Dockerfile",
    COMPOSE,
    *(file for file in sorted(DEPLOY.rglob("*")) if file.is_file()),
    *GUIDES,
]


def test_the_dockerfile_leaves_nothing_to_complain_about() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"

    said = _run(str(hadolint), str(ROOT / "Dockerfile"))

    assert (said.returncode, said.stdout) == (0, "")


def test_nginx_takes_the_site_on_one_machine_and_on_several(tmp_path: Path) -> None:
    proxy = ReverseProxy(tmp_path, app="asi_machines")
    proxy.add_example("upstream.example.conf", "conf.d/upstream.conf")
    proxy.add_example("pushes.example.conf", "pushes.d/pushes.conf")
    proxy.add_example("real-ip.example.conf", "real-ip.d/real-ip.conf")

    said = proxy.check()

    assert said.returncode == 0, said.stderr
    assert "syntax is ok" in said.stderr


def test_compose_understands_its_file() -> None:
    said = _run(
        programs.found("docker-compose"),
        *("--file", str(COMPOSE), "config", "--quiet"),
        environment={"DOMAIN": "asi.example.cn"},
    )

    assert (said.returncode, said.stderr) == (0, "")


def test_compose_hands_every_mirror_on_to_its_builds() -> None:
    files = (ROOT / "Dockerfile", DEPLOY / "backup.Dockerfile")
    arguments = {
        name
        for file in files
        for name in re.findall(r"(?m)^ARG (\w+)", file.read_text(encoding="utf-8"))
    }

    handed_on = re.findall(r'(\w+): "\$\{(\w+):-', COMPOSE.read_text(encoding="utf-8"))

    assert arguments <= {name for name, value in handed_on if name == value}


def test_every_unit_is_enabled_by_a_guide() -> None:
    units = [
        file.name
        for file in (DEPLOY / "systemd").iterdir()
        if "[Install]" in file.read_text(encoding="utf-8")
    ]
    enabled = {
        unit if "." in unit else f"{unit}.service"
        for guide in GUIDES
        for line in re.findall(r"systemctl enable --now ([a-z. -]+)", guide.read_text("utf-8"))
        for unit in line.split()
    }

    assert set(units) == enabled


def test_a_fresh_installation_has_all_its_secrets_and_starts_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    owner = {"OWNER": f"{os.getuid()}:{os.getgid()}"}
    assert _run(str(DEPLOY / "make-secrets"), str(folder), environment=owner).returncode == 0
    made = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert _run(str(DEPLOY / "make-secrets"), str(folder), environment=owner).stdout == ""
    for name, value in _environment_of_compose():
        monkeypatch.setenv(name, value.replace("/run/secrets", str(folder)))

    settings = runtime_settings.load()

    compose = COMPOSE.read_text(encoding="utf-8")
    assert set(re.findall(r"\./secrets/(\w+)", compose)) == set(made)
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == made
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert settings.production
    assert settings.database == made["database_url"].strip()
    assert made["postgres_password"].strip() in settings.database
    assert [settings.account(account) for account in Account] == [None, None]
    [nginx] = re.findall(r"ipv4_address: ([\d.]+)", compose)
    assert settings.trusted_proxies == (ip_network(nginx),)


def test_compose_hands_every_setting_on() -> None:
    """What stands in .env is for compose: a container is told only what is named there."""
    handed_on = {name.removesuffix("_FILE") for name, _ in _environment_of_compose()}
    settings = {PREFIX + name.upper() for name in Settings.model_fields}

    assert settings - handed_on == {"ASI_DATA_DIR", "ASI_CLOCK_START", "ASI_WECHAT_API_URL"}


def test_every_setting_that_is_named_is_one() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}

    assert [
        (file.name, name)
        for file in FILES
        for name in re.findall(r"\bASI_[A-Z][A-Z_]*", file.read_text(encoding="utf-8"))
        if name not in known
    ] == []


@pytest.mark.any_database
async def test_every_figure_that_is_watched_is_shown(reading_client: httpx2.AsyncClient) -> None:
    shown = set(_figures((await reading_client.get("/metrics")).text))
    watching = [
        DEPLOY / "grafana" / "dashboard.json",
        DEPLOY / "prometheus" / "alerts.yaml",
        ROOT / "docs" / "deploy" / "monitoring.md",
    ]

    for file in watching:
        named = set(re.findall(r"\basi_[a-z_]+\b", file.read_text(encoding="utf-8")))
        assert named
        assert named - shown == set(), file.name


def test_every_panel_asks_for_something_and_has_a_place_of_its_own() -> None:
    panels = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text("utf-8"))["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len(set(places)) == len(panels) == len({panel["id"] for panel in panels})
    assert all(target["expr"] for panel in panels for target in panel["targets"])


def test_every_command_that_is_named_is_one_and_takes_what_is_given() -> None:
    asi = typer.main.get_command(cli.commands())
    called = re.compile(
        r"(?:(?<![\w/@.=-])asi|bin/asi|--rm(?: --\S+ \S+)* (?:app|worker|backup|migrate))"
        r" +([a-z][^\n,;&|<>'#─]*)"
    )

    wrong = [
        (file.name, words, said)
        for file in [*GUIDES, *(DEPLOY / "systemd").iterdir()]
        for code in _code(file)
        for words in called.findall(code)
        if (said := _complaint(asi, words.split()))
    ]

    assert wrong == []


def test_cloud_hosting_names_every_path_that_is_called_without_a_token() -> None:
    """Those that nothing calls yet need no permission."""
    uncalled = {account.UPLOAD, account.QUOTA, account.LOOK_UP, mini_program.URL_LINK_TARGET}
    uncalled.add(mini_program.LOG_IN)  # takes app id and secret
    endpoints = {
        value
        for module in (account, mini_program)
        for value in vars(module).values()
        if isinstance(value, Endpoint)
    }
    guide = (ROOT / "docs" / "deploy" / "cloud-hosting.md").read_text(encoding="utf-8")

    named = set(re.findall(r"`(/(?:cgi-bin|wxa|wxaapi)/[\w/]+)`", guide))

    assert named == {endpoint.path for endpoint in endpoints - uncalled}


def test_guides_lead_nowhere_that_is_not_there_and_none_is_left_out() -> None:
    links = [
        (guide, target)
        for guide in (*GUIDES, *READMES)
        for target in re.findall(r"\]\(([^)#\s]+)", guide.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    reached = {(guide.parent / target).resolve() for guide, target in links}

    assert [str(target) for target in sorted(reached) if not target.exists()] == []
    assert set(GUIDES) <= reached


def _run(
    *command: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - programs that read our files
        command,
        env=os.environ | (environment or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment_of_compose() -> Iterator[tuple[str, str]]:
    """Give what the containers are told, where .env says nothing but the host."""
    lines = re.findall(r"(?m)^    (ASI_\w+): (.*)$", COMPOSE.read_text(encoding="utf-8"))
    for name, value in lines:
        filled = re.sub(r"\$\{DOMAIN:[^}]*\}", "asi.example.cn", value)
        yield name, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", filled)


def _figures(text: str) -> Iterator[str]:
    for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text):
        yield name
        if kind == "histogram":
            yield from (f"{name}_bucket", f"{name}_sum", f"{name}_count")


def _complaint(command: Any, words: list[str]) -> str:
    """Say what a command has against its words, if anything; what is left out is the reader's."""
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    context = command.context_class(command, info_name=command.name)
    try:
        _, unknown, _ = command.make_parser(context).parse_args(list(words))
    except ClickException as refusal:
        return refusal.format_message()
    return " ".join(unknown)


def _code(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".md":
        return [text]
    blocks = re.findall(r"(?s)```\w*\n(.*?)```", text)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", text))
