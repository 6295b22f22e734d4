"""Checks the URLs of settings, masks their secrets, and translates them for kombu.

redis-py and kombu both get the URL of a Redis, and each fails at its first use on a parameter that it does not support.
So only parameters that both support are allowed, tested with redis-py 8.1 and kombu 5.7 (tests/unit/test_urls.py).
"""

import re
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit

from playhead.errors import ConfigError

COLLECTORS = ("otel_exporter_otlp_endpoint", "otel_exporter_otlp_traces_endpoint")
NAMES = {
    "database_url",
    "redis_url",
    "status_redis_url",
    "celery_broker_url",
    "storage_url",
    "unleash_url",
    *COLLECTORS,
}
REDIS = ("redis", "rediss", "unix")
SCHEMES = {
    "database_url": ("postgresql", "postgres", "sqlite"),
    "redis_url": REDIS,
    "status_redis_url": REDIS,
    "celery_broker_url": (*REDIS, "redis+socket"),
    **dict.fromkeys(COLLECTORS, ("http", "https")),
}
"""Allowed schemes: any other would cause a traceback later. The storage checks its own URL."""
TLS = ("ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "redis": (),
    "rediss": TLS,
    "unix": ("db",),
    "redis+socket": ("virtual_host",),
}
VERIFIES = ("required", "optional", "none")
"""Values of `ssl_cert_reqs`. Without it redis-py verifies the server's certificate, and kombu does not."""
OPEN_PARAMETERS = {"db", "region", "endpoint", "sslmode", "virtual_host", *TLS}
"""Query parameters that are not masked; any other may be a secret."""
ENCODED = "%23 for #, %2F for /, %3A for : and %3F for ?"
HIDDEN = "***"
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host and perhaps a port. What a policy of a page may name: no quotes, spaces, semicolons or wildcards."""


def check(name: str, url: str) -> None:
    """Checks the URL of a database or a Redis in the setting `name`; it may be empty.

    Raises:
        ConfigError: the URL is malformed, or would fail later.
    """
    if not url:
        return
    scheme, separator, _ = url.partition("://")
    wrong = f"The setting {name.upper()} is wrong:"
    if not separator or scheme not in SCHEMES[name]:
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES[name])
        raise ConfigError(f"{wrong} it must begin with one of {allowed}.")
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ConfigError(f"{wrong} its port is no number. In a password, write {ENCODED}.") from None
    if scheme in PARAMETERS and (fault := _redis_fault(url, scheme)):
        raise ConfigError(f"{wrong} {fault}.")


def check_webhook(name: str, url: str) -> None:
    """Checks the URL in the setting `name` that is posted to; it may be empty. No error shows it: it is a secret.

    Raises:
        ConfigError: it is not an HTTPS URL, nor one of HTTP on this machine.
    """
    if not url:
        return
    wrong = f"The setting {name.upper()} is wrong:"
    if not (url.isascii() and url.isprintable()) or any(letter in url for letter in " \"'"):
        raise ConfigError(f"{wrong} a URL has no spaces, quotes or control characters, and only ASCII.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError(f"{wrong} it is no URL.") from None
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
    if not (is_allowed and parts.hostname):
        raise ConfigError(f"{wrong} it must begin with https://, or with http:// and an address of this machine.")


def check_stream_origin(url: str, public_url: str) -> None:
    """Checks the setting STREAM_ORIGIN; it may be empty.

    Raises:
        ConfigError: it is not an origin that browsers may connect to from the page at `public_url`.
    """
    if not url:
        return
    wrong = "The setting STREAM_ORIGIN is wrong:"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError(f"{wrong} it is no URL.") from None
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))) or not parts.hostname:
        raise ConfigError(f"{wrong} it must begin with https://, or with http:// and an address of this machine.")
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment
    if has_more or HOST.fullmatch(parts.netloc) is None:
        raise ConfigError(f"{wrong} it is a host and perhaps a port, such as https://streams.example.org.")
    if not origin_of(public_url):
        raise ConfigError("STREAM_ORIGIN needs PUBLIC_URL, the address of the page: set both.")
    if not public_url.isascii():
        # Compared with what browsers send, it would refuse every ticket.
        raise ConfigError("STREAM_ORIGIN needs PUBLIC_URL as browsers send it: a name in other letters as xn--….")
    if urlsplit(public_url).hostname == parts.hostname:
        raise ConfigError(f"{wrong} it must be another host than that of PUBLIC_URL.")
    if public_url.startswith("https://") and parts.scheme != "https":
        raise ConfigError(f"{wrong} browsers connect from an https:// page to https:// alone.")


def origin_of(url: str) -> str:
    """The origin of an HTTP URL as browsers write it: in small letters, without the scheme's own port; else empty."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else "")


def is_loopback(url: str) -> bool:
    """Whether the host is this machine, so that no proxy applies."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _redis_fault(url: str, scheme: str) -> str:
    parts = urlsplit(url)
    if scheme in ("redis", "rediss") and not (number := parts.path.strip("/")).isdecimal() and number:
        return "its path is not the number of a database, such as /0"
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in PARAMETERS[scheme]:
            may = " or ".join(PARAMETERS[scheme]) or "none"
            hint = "; the number of a database goes into the path" if key == "db" else ""
            return f"it may not have a parameter {key!r}, with {scheme}:// {may}{hint}"
        if key == "ssl_cert_reqs" and value not in VERIFIES:
            return f"ssl_cert_reqs may be {', '.join(VERIFIES)}"
        if key in ("db", "virtual_host") and not value.isdecimal():
            return f"{key} is not the number of a database"
    return ""


def for_kombu(url: str) -> str:
    """Translates a Redis URL into kombu's syntax, with the certificate verified as redis-py does by default."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme == "unix":
        return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={query.get('db', '0')}"
    if parts.scheme == "rediss":
        return parts._replace(query=urlencode({"ssl_cert_reqs": VERIFIES[0]} | query)).geturl()
    return url


def for_redis(url: str) -> str:
    """Translates a URL in kombu's syntax into that of redis-py; one of redis-py stays as it is."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    query = dict(parse_qsl(parts.query))
    return f"unix://{parts.netloc}{parts.path}?db={query.get('virtual_host', '0')}"


def masked(url: str) -> str:
    """Hides the user, the password, and all query parameters except `OPEN_PARAMETERS`."""
    base, asks, query = url.partition("?")
    scheme, _, rest = base.partition("://")
    if "@" in query:  # the password may contain a question mark, and then its end is ambiguous
        return f"{scheme}://{HIDDEN}"
    _, at, host = rest.rpartition("@")
    parameters = (parameter.partition("=") for parameter in query.split("&"))
    shown = "&".join(
        f"{key}={value if key in OPEN_PARAMETERS else HIDDEN}" if is_pair else HIDDEN
        for key, is_pair, value in parameters
    )
    return f"{scheme}://{HIDDEN + at if at else ''}{host}{asks}{shown if asks else ''}"
