"""Tickets: secrets for one use, by which a page opens a stream on an origin where it has no cookie."""
