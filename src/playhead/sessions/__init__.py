"""⓪ Sessions and their statuses: the model, the commands, and all SQL about them."""
