"""How many transactions a second this disk takes, with nothing around them: the limit of all."""

import hashlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

BATCH = 64
"""Rows in a transaction: as many pushes as wait at once under load."""

SECONDS = 3.0
BODY = "x" * 400
REPLY = "y" * 700
"""About what a push and its reply take."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON")
TABLE = "CREATE TABLE pushes (id INTEGER PRIMARY KEY, digest TEXT UNIQUE, body TEXT, reply TEXT)"
INSERT = "INSERT INTO pushes (digest, body, reply) VALUES (?, ?, ?)"


def limits(folder: Path, *, core: int) -> dict[int, float]:
    """Give rows a second by rows in a transaction, measured in a process of its own."""
    found = {}
    for rows in (1, BATCH):
        command = ["taskset", "-c", str(core), sys.executable, __file__]
        command += [str(folder / f"{rows}.db"), str(rows)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[rows] = float(done.stdout)
    return found


def _rate(file: str, rows: int) -> float:
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        database.execute(f"PRAGMA {pragma}")
    database.execute(TABLE)
    written, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        database.execute("BEGIN IMMEDIATE")
        for number in range(written, written + rows):
            digest = hashlib.sha256(b"%d" % number).hexdigest()
            database.execute(INSERT, (digest, BODY, REPLY))
        database.execute("COMMIT")
        written += rows
    return written / (time.perf_counter() - began)


if __name__ == "__main__":
    print(_rate(sys.argv[1], int(sys.argv[2])))
