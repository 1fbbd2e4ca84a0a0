"""What comes in over HTTP and the command line, translated but never decided."""
