"""Serves the web app over TCP: HTTP is Hypercorn's, an established stream is our own, and so is the end.

A stream's connection is taken over once its response head is out (decision 0004): `connection` is what Hypercorn speaks
on and `protocols` what it may speak, `takeover` the ASGI side of the hand-over, `line` what is left then. `run` drains
before it lets anything end.
"""
