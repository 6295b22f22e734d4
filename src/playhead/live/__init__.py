"""The live kernel: the status of any job, from the task that does it to every browser that looks.

It knows no web framework, no task queue, no database and no flags; it imports only the standard library, msgspec and
redis. The adapters stand beside it, in `playhead.adapters`.
"""
