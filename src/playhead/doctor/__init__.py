"""Finds out what is wrong on the way between a client and this site, and which part of it has to be changed."""
