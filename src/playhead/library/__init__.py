"""The shelf: a person's sessions, read, stopped, tried again and thrown away."""
