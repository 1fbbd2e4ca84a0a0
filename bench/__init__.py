"""Side-by-side measurements: ours and nginx on one core, in one command, ratios out."""
