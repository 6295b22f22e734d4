"""The broker between publishers and subscribers: its ports, and the adapters for Redis and for one process."""
