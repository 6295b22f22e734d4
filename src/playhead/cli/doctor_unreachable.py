"""Says in plain words why no site answers at an address, and what to do."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx


def plain(error: BaseException) -> str:
    """What is wrong, by the first cause that is known; otherwise in the words of the error."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    f"its certificate is not trusted ({cause.verify_message}): give the site one for this name, with"
                    " its chain; for an authority of your own set SSL_CERT_FILE"
                )
            case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
                return "it does not speak TLS: try http://, or the port of HTTPS"
            case socket.gaierror():
                return "the host has no address: check its name"
            case ConnectionRefusedError():
                return "nothing listens there: check the port, and that the server runs"
            case TimeoutError():
                return "it does not answer in time: check the address, and what a firewall lets through"
    return str(error) or type(error).__name__


def moved(response: httpx.Response) -> str | None:
    """The address of the same site at which to ask, for example by HTTPS; None: it is here."""
    try:
        to = urlsplit(response.headers.get("location", ""))
    except ValueError:
        return None
    path = response.request.url.path
    if not response.is_redirect or not to.netloc or not to.path.endswith(path):
        return None
    address = f"{to.scheme}://{to.netloc}{to.path.removesuffix(path)}"
    return "".join(filter(str.isprintable, address))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
