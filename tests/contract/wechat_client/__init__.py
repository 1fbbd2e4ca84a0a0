"""The real client against the simulator, over HTTP."""
