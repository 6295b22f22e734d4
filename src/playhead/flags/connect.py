"""Makes the gate of a process, with the source of flags that the settings choose."""

from playhead.config import Settings
from playhead.flags.answers.address import api
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.source import Source, Timings
from playhead.flags.answers.tuning import Tuning
from playhead.flags.file.location import file_in_force, is_shared


def open_gate(settings: Settings, timings: Timings = Timings(), *, awaits_shared: bool = False) -> Gate:
    """Make the gate of this process; call it after fork. Returns at once, whatever the flag server does.

    Args:
        awaits_shared: for a process that streams: nobody may until the first `Gate.take`.

    Raises:
        ConfigError: `UNLEASH_URL` is not an HTTP URL, or `FLAGS_FILE` names no file.
    """
    environment = settings.unleash_environment or settings.environment
    return Gate(
        _source(settings, environment, timings),
        environment=environment,
        defaults=Tuning(heartbeat_s=settings.heartbeat_s, max_age_s=settings.max_age_s),
        awaits_shared=awaits_shared,
    )


def check(settings: Settings) -> None:
    """Raise before the fork what `open_gate` would raise after it.

    Raises:
        ConfigError: as `open_gate`.
    """
    if settings.unleash_url:
        api(settings.unleash_url)
    elif not is_shared(settings):
        file_in_force(settings)


def _source(settings: Settings, environment: str, timings: Timings) -> Source:
    # Imported where needed: the SDK's client costs a tenth of the start of a process.
    if settings.unleash_url:
        from playhead.flags.answers.unleash import UnleashSource

        return UnleashSource(
            settings.unleash_url,
            settings.unleash_api_token,
            environment=environment,
            data=settings.data,
            timings=timings,
        )
    if is_shared(settings):
        from playhead.flags.file.source import DatabaseSource

        return DatabaseSource(environment=environment)
    from playhead.flags.file.source import FileSource

    return FileSource(file_in_force(settings), environment=environment, timings=timings)
