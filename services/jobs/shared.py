"""Kinds of job that more than one feature queues; what does them stands above."""

EMPTY_LOG = "empty_database_log"
"""Takes what was erased out of SQLite's log, as soon as nobody reads from it."""
