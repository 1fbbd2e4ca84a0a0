"""How large each trial is: short in every run of the tests, long in `make verify`."""

import os

LONG = bool(os.environ.get("ASI_LONG"))
"""`tests/conftest.py` takes ASI_ names out of a test's environment, but not before this is read."""

PUSH_KILLS = 25 if LONG else 3
"""How often the serving process is killed while people write, register and comment (bar 1)."""

JOBS, JOB_KILLS = (500, 10) if LONG else (200, 6)
"""Bar 2."""

WORKER_JOBS, WORKER_KILLS = (5_000, 20) if LONG else (200, 3)
"""Bar 3."""

MIGRATED_ROWS = 10_000 if LONG else 500
"""Bar 7."""

ROUNDS = 5 if LONG else 1
"""Of 400 rivals for 50 seats (bar 15)."""

OUTAGE_VISITORS = 100 if LONG else 4
"""Each is owed five messages when WeChat fails (bar 21)."""

IDLE = 10_000 if LONG else 2_000
"""Connections that say nothing (bar 25), as far as the system allows so many open files."""

ABORTS = 500
"""Clients that hang up (bar 27)."""

FUZZ_SECONDS = 60 if LONG else 10
"""Bar 13."""

DESK_VISITORS = 40 if LONG else 8
"""Who write to the desk of two processes."""

SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
"""Bar 40, in `make verify` only."""
