"""What the doctor must find behind each manner of `behavior.py` and each proxy of `real.py`: the tests read it.

A finding is a `FindingId` of `playhead.doctor`, a culprit the id of a row of its table `culprits.toml`.
"""

from collections.abc import Mapping, Sequence

MANNERS: Mapping[str, Sequence[str]] = {
    "pass": [],
    "hold-headers": ["held"],
    "hold-body": ["held"],
    "hold-until-close": ["held"],
    "pass-8k-then-hold": ["held_later"],
    "one-behind": ["one_behind"],
    "block-4k": ["held_small"],
    "burst-5s": ["held_by_time"],
    "mute": ["silent"],
    "cut-30": ["cut_total"],
    "half-close": ["cut_early"],
    "lose-abort": ["silent"],
    "lose-end": ["end_lost"],
    "dangling": [],  # the server pays for it, and who reads does not notice
    "keepalive-reuse": [],  # nothing is wrong with that
    "accept-only": ["accept_needed"],
    "gzip-held": ["held_compressed"],
    "502-page": ["error_page"],
    "524-page": ["held"],
    "challenge": ["challenge"],
    "login-page": ["sign_in_page"],
    "login-redirect": ["sign_in_page"],
    "strip-headers": ["token_refused", "headers_removed"],
    "drip": ["slow"],
    "http10": ["http_1_0"],
}
"""By manner: the findings, in their order."""

UPLOAD = {"upload_limit": "nginx-upload"}
OLD = {"http_1_0": "nginx-http-1-0"}
DELAYED = {"delayed": "haproxy-delay"}
REAL: Mapping[str, Mapping[str, str]] = {
    "nginx": UPLOAD | OLD,
    "nginx, HTTP/1.1": UPLOAD,
    "nginx, HTTP/2 and TLS": UPLOAD,
    "nginx, header ignored": {"held_small": "nginx"} | UPLOAD | OLD,
    "nginx, header ignored, HTTP/1.1": UPLOAD,
    "nginx, gzip": UPLOAD | {"compressed": "nginx-compresses"},
    "nginx, gzip, header ignored": {"held_compressed": "nginx-gzip"} | UPLOAD,
    "nginx, proxy_read_timeout 5s": {"cut_idle": "nginx-timeout"} | UPLOAD | OLD,
    "HAProxy": DELAYED,
    "HAProxy, http-no-delay": {},
    "HAProxy, compression": DELAYED,
    "HAProxy, timeout server 5s": {"cut_idle": "haproxy-timeout"} | DELAYED,
    "HAProxy, wait-for-body": {"held": "scanner"},  # it leaves no trace; `haproxy` is the next culprit
    "Caddy": {},
    "Caddy, encode": {},
    "Caddy, flush_interval -1": {},
    "Caddy, buffer_responses": {"held": "caddy"},
    "Apache": {},
    "Apache, mod_deflate": {"compressed": "apache-compresses"},
    "Apache, ProxyTimeout 5": {"cut_idle": "apache-timeout"},
    "Varnish": {},
    "Varnish, do_stream false": {"held": "varnish"},
    "Varnish, do_gzip": {"held": "varnish"},
    "Varnish, between_bytes_timeout 5s": {"cut_idle": "varnish-timeout"},
    "Squid": {},
    "Squid, read_timeout 5 seconds": {"cut_idle": "squid-timeout"},
    "mitmproxy": {"held": "scanner"},  # likewise; `mitmproxy` is the last
    "mitmproxy, stream_large_bodies": {},
}
"""By proxy: the findings, each with its likeliest culprit. nginx takes uploads of 1 MB by default."""
