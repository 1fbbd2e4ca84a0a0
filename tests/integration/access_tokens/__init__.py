"""Tokens, on both databases and with several processes."""
