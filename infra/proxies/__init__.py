"""What stands between a client and a server in tests and trials."""
