"""Reads all settings from the environment into a frozen object. A wrong value stops the start with one sentence."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Annotated, Literal

import msgspec

from playhead import urls
from playhead.errors import ConfigError
from playhead.webhooks import signing

Count = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Quantity = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]

SECRETS = {
    "secret_key",
    "unleash_api_token",
    "unleash_admin_token",
    "metrics_token",
    "rollout_webhook",
    "alert_webhook",
    "webhook_secret",
}
SECRET_LENGTH = 32
"""32 hexadecimal digits are 128 bits, which cookie signatures need (OWASP ASVS 5.0, 11.2.3)."""

POOL = 5
"""Most connections to PostgreSQL of a web process. One event loop does not keep more of them busy. A web and a worker
then fit twice into the 17 connections of a small plan, as a deploy needs."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a process. Field `data_dir` is read from the environment variable `DATA_DIR`, and so on."""

    environment: Literal["development", "production"] = "development"
    data_dir: str = "data"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    host: str = "127.0.0.1"
    public_url: str = ""
    """The site's address for people. `https://…` makes the cookie `Secure` with the `__Host-` prefix."""
    stream_origin: str = ""
    """A second address of the same processes, past the proxies of `public_url`, such as `https://streams.example.org`.
    Pages stream from there by tickets where the path to `public_url` holds streams back."""
    stream_origin_when: Literal["buffered", "always"] = "buffered"
    """`always` sends all streams of pages there."""
    secret_key: str = ""
    database_url: str = ""
    database_pool: Count = POOL
    web_processes: Count = 1
    worker_processes: Count = 1
    """Number of processes of each kind on all machines; a start checks the connection budget with it."""
    redis_url: str = "redis://127.0.0.1:6379/0"
    status_redis_url: str = ""
    celery_broker_url: str = ""
    storage_url: str = ""

    flags_file: str = ""
    unleash_url: str = ""
    unleash_api_token: str = ""
    unleash_environment: str = ""
    unleash_admin_token: str = ""
    """A personal access token with which a rollout moves the slider on Unleash. Without one it can only watch."""
    rollout_webhook: str = ""
    """A URL that gets a notice when a rollout moved the slider. Secret, because whoever has it may post there."""
    alert_webhook: str = ""
    """A URL that gets a notice when an alert begins to fire, and one when it is over. Secret as `rollout_webhook`."""
    webhook_secret: str = ""
    """Signs the notices to both (Standard Webhooks): `whsec_` and 24 to 64 bytes in base64. Two, with a space
    between them, while receivers change over."""

    model: str = "base"
    models: str = ""
    """Models that people may choose beside `model`, with commas. A worker has one of them in memory at a time."""
    device: str = "cpu"
    compute_type: str = "int8"
    engine_threads: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Threads of one transcription; 0 means one for each core."""
    worker_concurrency: Count = 1
    """Concurrent transcriptions. One, because one already uses every core."""

    max_attempts: Count = 3
    """Consecutive attempts without progress before a session fails: a file that ended its worker three times is
    poisoned."""
    stall_s: Seconds = 300
    """Time without progress after which the process of an attempt is ended; six times as long while a model is loaded.
    A window of 28 s is transcribed within it at a tenth of real time, the slowest useful speed."""

    telemetry: Literal["on", "off"] = "on"
    """Whether pages report what their readers saw, and whether anything is kept of who watched, by digests."""
    metrics_token: str = ""
    """The bearer token of `/metrics`. Without one it is 404 in production, and where `host` lets other machines in."""
    worker_metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """Where a worker serves `/metrics`; 0: nowhere. Without a token it listens on the loopback alone."""

    otel_exporter_otlp_endpoint: str = ""
    """Where an OpenTelemetry collector takes traces over HTTP, such as `http://127.0.0.1:4318`; empty: nothing is
    traced. This and the next are the standard variables; OpenTelemetry reads its others by itself."""
    otel_exporter_otlp_traces_endpoint: str = ""
    """The whole URL, where it does not end with `/v1/traces`."""
    otel_exporter_otlp_protocol: str = ""
    otel_exporter_otlp_traces_protocol: str = ""
    """Only `http/protobuf` is there."""
    otel_traces_exporter: str = ""
    """`none` sends no traces, whatever the others say."""
    otel_sdk_disabled: str = ""
    """`true` does the same."""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    max_upload_bytes: Count = 2 * 1024**3
    """2 GiB: 24 h of MP3 at 192 kbit/s. Proxies have limits of their own (Cloudflare free: 100 MB)."""
    max_audio_s: Seconds = 12 * 3600
    """12 h: a day's conference. At 7 to 12 times real time on two cores it takes about an hour and a half."""
    heartbeat_s: Seconds = 15
    """The interval that the HTML standard advises, well under the idle timeouts of nginx (60 s) and Cloudflare
    (100 s)."""
    max_age_s: Seconds = 600
    """Age at which a stream ends and its client reconnects, jittered: deploys and flags reach everyone in that time."""
    streams_per_user: Count = 20
    """More tabs than a person usually has open; HTTP/1.1 browsers allow only 6 connections to a host."""
    streams_per_session: Count = 10
    """Streams of a person on one session, or on all sessions at once. Beyond this limit and `streams_per_user` the
    oldest stream ends."""
    streams_per_process: Count = 10_000
    """About 0.15 GB of memory, at the 14 kB measured for a stream."""
    registration: Literal["open", "invite", "closed"] = "open"
    """Who may make an account: everybody, those with an invite, or nobody."""
    support_contact: str = ""
    """Whom people ask who forgot their password or whose account is disabled: an email address, a link, or a name."""
    quota_bytes: Quantity = 50 * 10**9
    """Bytes of recordings that are kept for a person; 50 GB are 23 of the largest uploads. 0 means no limit, as in each
    of the quotas."""
    quota_hours: Amount = 24
    """Hours of audio that are transcribed for a person in a day (UTC): two recordings of the longest length. At 7 times
    real time it takes two cores three and a half hours."""
    quota_queued: Quantity = 100
    """Sessions of a person that wait at once. A folder with more of them goes on as they are transcribed."""
    quota_running: Quantity = 0
    """Sessions of a person that are transcribed at once; the others wait, even while workers are free. Without a limit
    the fair queue decides alone, and no worker idles."""
    upload_keep_hours: Seconds = 72
    """Hours after its last byte in which an unfinished upload can go on; then it is deleted. Three days: what began on
    Friday evening goes on on Monday morning."""
    keep_audio_days: Amount = 0
    """Days after which the recording of a session that ended is deleted; its transcript stays. 0 means never."""
    keep_days: Amount = 0
    """Days after which a session that ended is deleted, with its transcript and recording. 0 means never."""
    trusted_hops: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Number of proxies in front that append to `X-Forwarded-For`; with 0 the socket's peer is the client."""
    http2: bool = False
    """Whether a proxy in front may use HTTP/2 without TLS. Off, because a client could bypass the paths that the proxy
    denies. Browsers are not affected: they use HTTP/2 only over TLS, with the proxy."""

    @property
    def data(self) -> Path:
        return Path(self.data_dir).absolute()

    @property
    def offered_models(self) -> dict[str, str]:
        """The models that people may choose by their names, of which the first is used where nobody chose."""
        return {PurePath(model).name: model for model in (self.model, *self.models.replace(",", " ").split())}

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def page_origin(self) -> str:
        """The origin of the page as browsers send it; empty without `public_url`."""
        return urls.origin_of(self.public_url)

    @property
    def traces_url(self) -> str:
        """The URL to which traces are sent; empty: nothing is traced."""
        if self.otel_sdk_disabled.lower() == "true" or self.otel_traces_exporter == "none":
            return ""
        base = self.otel_exporter_otlp_endpoint.rstrip("/")
        return self.otel_exporter_otlp_traces_endpoint or (f"{base}/v1/traces" if base else "")

    @property
    def broker(self) -> str:
        """The broker's URL in kombu's syntax."""
        return urls.for_kombu(self.celery_broker_url or self.redis_url)

    @property
    def broker_for_redis(self) -> str:
        """The broker's URL as redis-py has it."""
        return urls.for_redis(self.celery_broker_url or self.redis_url)

    @property
    def status_redis(self) -> str:
        return self.status_redis_url or self.redis_url

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'playhead.db'}"

    @property
    def storage(self) -> str:
        return self.storage_url or self.data.joinpath("audio").as_uri()

    def masked(self) -> dict[str, object]:
        """Lists all settings for `playhead config`, without secrets and passwords inside URLs."""
        return {name.upper(): _mask(name, getattr(self, name)) for name in self.__struct_fields__}


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings from the environment and checks them.

    Raises:
        ConfigError: a value is wrong, or a secret is missing in production.
    """
    given = {name: environ[name.upper()] for name in Settings.__struct_fields__ if environ.get(name.upper())}
    if environ.get("RENDER"):
        given.setdefault("environment", "production")
        given.setdefault("public_url", environ.get("RENDER_EXTERNAL_URL", ""))
        given.setdefault("host", "0.0.0.0")  # noqa: S104 - Render's router reaches the process over the network
    for name, value in given.items():
        _check_quotes(name, value)
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise ConfigError(f"The setting {where.rstrip('`').upper()} is wrong: {what}.") from None
    for name in urls.SCHEMES:
        urls.check(name, getattr(settings, name))
    if settings.environment == "production" and not settings.secret_key:
        raise ConfigError("SECRET_KEY is not set: production needs one, the same for every process.")
    if settings.environment == "production" and len(settings.secret_key) < SECRET_LENGTH:
        raise ConfigError(f"SECRET_KEY is too short: production needs {SECRET_LENGTH} random characters or more.")
    if settings.environment == "production" and settings.worker_metrics_port and not settings.metrics_token:
        raise ConfigError("WORKER_METRICS_PORT needs METRICS_TOKEN in production: set both or none.")
    if bool(settings.unleash_url) != bool(settings.unleash_api_token):
        raise ConfigError("UNLEASH_URL and UNLEASH_API_TOKEN go together: set both or none.")
    _check_tracing(settings)
    check_admin_token(settings.unleash_admin_token)
    for name in ("rollout_webhook", "alert_webhook"):
        urls.check_webhook(name, getattr(settings, name))
    signing.keys_of(settings.webhook_secret)
    urls.check_stream_origin(settings.stream_origin, settings.public_url)
    return msgspec.structs.replace(
        settings,
        stream_origin=urls.origin_of(settings.stream_origin),
        secret_key=settings.secret_key or _own_secret(settings.data),
        unleash_environment=settings.unleash_environment or settings.environment,
    )


def _check_tracing(settings: Settings) -> None:
    """Raise ConfigError if traces are to be sent in a way that is not there."""
    if not settings.traces_url:
        return
    if settings.otel_traces_exporter not in ("", "otlp"):
        raise ConfigError("The setting OTEL_TRACES_EXPORTER is wrong: it is otlp or none.")
    for name in ("otel_exporter_otlp_traces_protocol", "otel_exporter_otlp_protocol"):
        if getattr(settings, name) not in ("", "http/protobuf"):
            advice = "set it to http/protobuf, and the endpoint to the collector's port for HTTP (4318)"
            raise ConfigError(f"The setting {name.upper()} is wrong: traces are sent over HTTP only. So {advice}.")


def check_admin_token(token: str) -> None:
    """Raises ConfigError if no HTTP header can carry this token of Unleash's; spaces around it are dropped."""
    bare = token.strip()
    if not (bare.isascii() and bare.isprintable()):
        raise ConfigError("UNLEASH_ADMIN_TOKEN is wrong: it holds characters that no token has. Copy it once more.")


def _own_secret(data: Path) -> str:
    """Read or create the secret of this data folder, so that logins outlive a restart on a laptop."""
    path = data / "secret_key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            import secrets  # here, because it is needed once for a data folder

            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            fresh.rename(path)
        return path.read_text()
    except OSError as error:
        raise ConfigError(f"The data folder {data} cannot be used: {error.strerror}.") from None


def _check_quotes(name: str, value: str) -> None:
    """Raise ConfigError for quotes or spaces around a value: a shell removes them, but an env file may keep them."""
    bare = value.strip().strip("\"'").strip()
    if bare != value and name not in SECRETS:
        example = f": write {name.upper()}={bare}" if bare and name not in urls.SCHEMES else ""
        raise ConfigError(f"The setting {name.upper()} is wrong: there are quotes or spaces around its value{example}.")


def _mask(name: str, value: object) -> object:
    if name in SECRETS and value:
        return urls.HIDDEN
    return urls.masked(str(value)) if name in urls.NAMES and value else value
