"""Choose where the flags come from, as the settings say."""

from playhead.config import Settings
from playhead.flags.file_source import FileSource, file_in_force
from playhead.flags.gate import Gate
from playhead.flags.source import Source
from playhead.flags.tuning import Tuning
from playhead.flags.unleash import UnleashSource


def open_gate(settings: Settings) -> Gate:
    """The gate of this process; call it after fork. Returns at once, whatever the flag server does.

    Raises:
        ConfigError: `UNLEASH_URL` is no address, or `FLAGS_FILE` names no file.
    """
    environment = settings.unleash_environment or settings.environment
    return Gate(
        _source(settings, environment),
        environment=environment,
        defaults=Tuning(heartbeat_s=settings.heartbeat_s, max_age_s=settings.max_age_s),
    )


def check(settings: Settings) -> None:
    """Say before the fork what `open_gate` would raise after it.

    Raises:
        ConfigError: as `open_gate`.
    """
    _source(settings, settings.environment)


def _source(settings: Settings, environment: str) -> Source:
    if settings.unleash_url:
        return UnleashSource(
            settings.unleash_url, settings.unleash_api_token, environment=environment, data=settings.data
        )
    return FileSource(file_in_force(settings), environment=environment)
