"""Deprecated, for one release: use `playhead.live.publisher`."""

import warnings

from playhead.live.publisher import StatusPublisher as StatusPublisher

warnings.warn("playhead.pubsub.publisher is deprecated: use playhead.live.publisher", DeprecationWarning, stacklevel=2)
