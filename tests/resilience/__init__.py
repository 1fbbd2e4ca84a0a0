"""Tests of whole processes: signals, crashes, restarts."""
