"""The names of the live kernel before it was a package of its own work for one release, with a warning."""

import importlib
import sys

import pytest

from playhead.live.broker.sender import ValkeySender
from playhead.live.follow import follow
from playhead.live.hub import Hub
from playhead.live.publisher import StatusPublisher


@pytest.mark.parametrize(
    ("module", "name", "new"),
    [
        ("playhead.pubsub.publisher", "StatusPublisher", StatusPublisher),
        ("playhead.pubsub.valkey", "ValkeySender", ValkeySender),
        ("playhead.hub.hub", "Hub", Hub),
        ("playhead.delivery.follow", "follow", follow),
    ],
)
def test_old_name_is_the_new_thing_and_its_import_warns(module: str, name: str, new: object) -> None:
    sys.modules.pop(module, None)
    with pytest.warns(DeprecationWarning, match=r"deprecated: use playhead\.live"):
        imported = importlib.import_module(module)
    assert getattr(imported, name) is new
