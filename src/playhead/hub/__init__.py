"""④ Hub: fans out one feed to the readers of this process."""
