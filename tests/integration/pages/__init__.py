"""Pages on which people take part."""
