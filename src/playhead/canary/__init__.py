"""The canary: a session of its own that a web process drives, so that its reader proves the whole way of a status."""
