"""Registering for a webinar over the API, on both databases."""
