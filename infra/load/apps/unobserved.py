"""The product's web process, in which nothing observes streams, polls and publishing."""

import gc
import os
from functools import partial

from playhead.config import load
from playhead.serve.run import run
from playhead.web import create_app

gc.disable()  # as `playhead web` does
run(load(os.environ), partial(create_app, is_observed=False))
