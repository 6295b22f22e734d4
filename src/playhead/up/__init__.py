"""Everything on one machine by one command: an embedded Valkey, the worker and the web, watched until their end."""
