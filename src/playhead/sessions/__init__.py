"""⓪ The noun: what a session and its status are, and the only SQL about them."""
