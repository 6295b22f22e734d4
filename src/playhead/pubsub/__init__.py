"""③ Publish: sends statuses from workers to web processes, best effort."""
