"""Proxies between a client and a server, for tests and trials."""
