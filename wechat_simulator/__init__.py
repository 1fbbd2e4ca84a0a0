"""A stand-in for Tencent: its own program with its own state, and a phone in the browser."""
