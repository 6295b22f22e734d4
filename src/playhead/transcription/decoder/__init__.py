"""Probes and decodes files in a separate process with limits; `client` is the worker's side of it.

A few hundred bytes can make FFmpeg use gigabytes or loop for ever. Then the decoder process ends, not the worker.
"""
