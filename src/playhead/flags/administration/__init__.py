"""What people do to flags: read, check, compare and change them. Only the command line loads it."""
