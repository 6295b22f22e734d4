"""④ Hub: one feed, fanned out to the readers of this process."""
