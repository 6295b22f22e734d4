"""A queued session becomes a finished one: decoding, speech recognition, and the task that drives them."""
