"""③ Publish: carry a status from where the work is to where the readers are, best effort."""
