"""The digest of everything that decides what the locks hold."""

import hashlib
import json
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def digest() -> str:
    """SHA-256 of the dependency declarations, independent of the file's layout."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    tables = [
        project["project"]["requires-python"],
        project["project"]["dependencies"],
        project["dependency-groups"],
        {key: value for key, value in project["tool"]["uv"].items() if key != "build-backend"},
    ]
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    print(digest())
