"""The address of an Unleash server."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from playhead.errors import ConfigError


def api(url: str) -> str:
    """The address of Unleash's API, whether or not `/api` was given with it.

    Raises:
        ConfigError: it is no address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigError("The setting UNLEASH_URL is wrong: it must look like https://unleash.example.org.")
    trimmed = url.rstrip("/")
    return trimmed if trimmed.endswith("/api") else f"{trimmed}/api"


def environment_of_token(token: str) -> str:
    """Of `project:environment.secret`, which decides whose flags its holder gets; empty if it does not say one."""
    _, _, rest = token.partition(":")
    return rest.partition(".")[0].strip("*")


def is_loopback(url: str) -> bool:
    """Whether it is this machine's own, where no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
