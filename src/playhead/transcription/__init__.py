"""Transcribes queued sessions: decoding, speech recognition, and the Celery task that runs both."""
