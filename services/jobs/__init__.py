"""Durable background work: put in with the change that asks for it, done at least once."""
