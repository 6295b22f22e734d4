"""What people answer after a session: whether it kept them up to date."""
