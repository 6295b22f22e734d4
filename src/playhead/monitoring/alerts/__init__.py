"""Watches the sums for what somebody should know of, and keeps an incident of each time that it happened."""
