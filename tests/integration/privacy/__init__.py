"""Privacy: consents, export, erasure, retention, keys, and what may lie nowhere."""
