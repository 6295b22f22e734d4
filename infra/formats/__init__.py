"""Writes what is made from the tables of formats: the documentation, and the page's list for its file chooser."""
