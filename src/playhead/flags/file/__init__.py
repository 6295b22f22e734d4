"""The flags file: its format, where it is, and the sources that read it where there is no Unleash server."""
