"""What the system does: one module or package for each word of the domain."""
