"""Resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload): a session from before its first byte on."""
