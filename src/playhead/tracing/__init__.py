"""Traces of sessions by OpenTelemetry: upload, attempts, publishing, streams, pages. Off unless a collector is set."""
