"""Deprecated, for one release: use `playhead.live.follow`."""

import warnings

from playhead.live.follow import follow as follow

warnings.warn("playhead.delivery.follow is deprecated: use playhead.live.follow", DeprecationWarning, stacklevel=2)
