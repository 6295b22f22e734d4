"""Deprecated, for one release: use `playhead.live`."""
