"""The URL and the token of an Unleash server: what can be read from them without asking it."""

from ipaddress import ip_address
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


def environment_of_token(token: str) -> str:
    """The environment in a token `project:environment.secret`, whose flags its holder gets; empty if it has none."""
    _, _, rest = token.partition(":")
    return rest.partition(".")[0].strip("*")


def is_loopback(url: str) -> bool:
    """Whether the host is this machine, so that no proxy applies."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
