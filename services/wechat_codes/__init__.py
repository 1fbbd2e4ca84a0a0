"""WeChat's own codes: of the official account, of the mini-program, and links into it."""
