"""Counts what a process does: one catalog of metrics, one `Metrics` for each process, Prometheus text of them."""
