"""Content packs: reading one, showing its changes, applying it, starting the next round."""
