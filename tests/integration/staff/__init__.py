"""The desk: who gets in, and what is written down of it."""
