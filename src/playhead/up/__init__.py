"""Implements `playhead up`: runs an embedded Valkey, the worker and the web on one machine, and restarts them."""
