"""What WeChat pushes to us."""
