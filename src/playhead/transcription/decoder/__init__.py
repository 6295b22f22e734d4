"""Files are probed and decoded in a process of their own, with limits: `client` is the worker's side of it.

A few hundred bytes can make FFmpeg take gigabytes or turn in circles. Here that costs this process, not the worker.
"""
