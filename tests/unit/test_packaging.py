"""Packaging: locks that are fresh and hold no address, names that nobody else takes."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

from services.runtime import packaging
from tests.conftest import ROOT
from tests.support import lock_inputs

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


def test_nobody_else_ships_a_package_of_our_names() -> None:
    assert packaging.intruders() == []


def test_the_guard_knows_all_our_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["uv"]["build-backend"]["module-name"]

    assert sorted(packages) == sorted(packaging.NAMES)


def test_the_locks_were_made_from_todays_declarations() -> None:
    for name in LOCKS[:2]:
        assert lock_inputs.digest() in (ROOT / name).read_text(encoding="utf-8"), "run make lock"


def test_the_locks_hold_hashes_and_no_addresses() -> None:
    for name in LOCKS:
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in lock
        assert len(re.findall(r"(?m)^\S+==", lock)) <= lock.count("--hash=sha256:")


def test_tests_run_on_the_very_versions_that_are_deployed() -> None:
    runtime, dev = (_pins(name) for name in LOCKS[:2])

    assert runtime.items() <= dev.items()


def test_the_wheel_leaves_out_what_only_other_languages_read(tmp_path: Path) -> None:
    uv = Path(sys.executable).parent / "uv"

    subprocess.run(  # noqa: S603 - the uv of our own lock
        [uv, "build", "--wheel", "--offline", "--quiet", "--out-dir", tmp_path, ROOT], check=True
    )

    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = [name for name in wheel.namelist() if name.startswith("miniprogram_contract/")]
    assert "miniprogram_contract/openapi.json" in names
    others = re.compile(r"node_modules|/client/|/test/|package|tsconfig|\.ts$|\.cjs$|npmrc")
    assert list(filter(others.search, names)) == []


def test_the_clients_lock_pins_all_and_holds_no_registry() -> None:
    folder = ROOT / "miniprogram_contract"
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    ours, others = lock["packages"].pop(""), lock["packages"].values()

    assert all("integrity" in package and "resolved" not in package for package in others)
    assert all(version[0].isdigit() for version in ours["devDependencies"].values())
    assert ours["devDependencies"] == _declared(folder / "package.json")


def test_every_dependency_has_its_reason() -> None:
    notes = (ROOT / "docs" / "notes" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = [re.split(r"[\[><=; ]", requirement)[0] for requirement in declared]

    assert [name for name in names if name not in notes] == []


def _pins(name: str) -> dict[str, str]:
    lock = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", lock))


def _declared(file: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["devDependencies"]
    return found
