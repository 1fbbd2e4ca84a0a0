"""Talking with visitors: what comes in, what is answered, what may still be sent."""
