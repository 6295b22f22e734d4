"""Collects the metadata of all tables, by importing the models of every package.

A session refers to its owner by the column's name, `users.id`, which SQLAlchemy resolves at the first write. So a
process that writes sessions imports this module, and `sessions` need not import `accounts`.
"""

import playhead.accounts.models
import playhead.flags.file.documents
import playhead.jobs
import playhead.monitoring.alerts.models
import playhead.monitoring.feedback.models
import playhead.monitoring.sums.models
import playhead.monitoring.watches.models
import playhead.rollout.models
import playhead.sessions.models  # noqa: F401 - each adds its tables to the metadata
from playhead.db import Base

METADATA = Base.metadata
