"""Commands that talk to WeChat."""
