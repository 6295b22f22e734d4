"""Notices to other programs: signed, tried again until they are taken, each with an id that stays."""
