"""Other ways to answer the same pushes; each is a server of its own, started by its module."""
