"""Checks the URLs of settings, masks their secrets, and translates them for kombu.

redis-py and kombu both get the URL of a Redis, and each fails at its first use on a parameter that it does not support.
So only parameters that both support are allowed, tested with redis-py 8.1 and kombu 5.7 (tests/unit/test_urls.py).
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from playhead.errors import ConfigError

NAMES = {"database_url", "redis_url", "status_redis_url", "celery_broker_url", "storage_url", "unleash_url"}
REDIS = ("redis", "rediss", "unix")
SCHEMES = {
    "database_url": ("postgresql", "postgres", "sqlite"),
    "redis_url": REDIS,
    "status_redis_url": REDIS,
    "celery_broker_url": (*REDIS, "redis+socket"),
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
