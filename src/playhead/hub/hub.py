"""Deprecated, for one release: use `playhead.live.hub`."""

import warnings

from playhead.live.hub import Hub as Hub

warnings.warn("playhead.hub.hub is deprecated: use playhead.live.hub", DeprecationWarning, stacklevel=2)
