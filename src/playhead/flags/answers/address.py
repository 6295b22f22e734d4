"""The URL and the token of an Unleash server: what can be read from them without asking it."""

from urllib.parse import urlsplit

from playhead.errors import ConfigError


def api(url: str) -> str:
    """The URL of Unleash's API, whether or not the given one ends in `/api`.

    Raises:
        ConfigError: it is not an HTTP URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigError("The setting UNLEASH_URL is wrong: it must look like https://unleash.example.org.")
    trimmed = url.rstrip("/")
    return trimmed if trimmed.endswith("/api") else f"{trimmed}/api"


def server_name(url: str) -> str:
    """The server's name for people: without a password that the URL may contain."""
    parts = urlsplit(url)
    return f"Unleash at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def environment_of_token(token: str) -> str:
    """The environment in a token `project:environment.secret`, whose flags its holder gets; empty if it has none."""
    _, _, rest = token.partition(":")
    return rest.partition(".")[0].strip("*")
