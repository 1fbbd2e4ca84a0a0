"""The inbox: where people of ours read what visitors wrote, answer, and share the work."""
