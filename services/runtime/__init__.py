"""What differs between one deployment and another."""
