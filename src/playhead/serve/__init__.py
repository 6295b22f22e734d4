"""Serves the web app over TCP: Hypercorn handles HTTP, our own code handles event streams and the shutdown.

`connection` is the asyncio protocol that Hypercorn reads and writes, `protocols` decides between HTTP/1.1 and HTTP/2,
`takeover` removes a stream's connection from ASGI after its response head (decision 0004), `stream_connection` then
writes the stream. `run` drains before the server stops.
"""
