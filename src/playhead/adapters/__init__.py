"""Adapters of the live kernel: for Quart, and for Unleash. Each needs the extra of its name."""
