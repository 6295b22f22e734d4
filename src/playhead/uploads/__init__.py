"""① In: a file becomes a queued session."""
