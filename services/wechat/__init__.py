"""The door to WeChat: what it sends us, what we ask of it."""
