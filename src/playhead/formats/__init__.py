"""The formats that are read: containers and codecs, each in one table.

The tables make the check of an upload's first bytes, what the decoder may open, the list in the error, the page's file
chooser, the type of a downloaded recording and the documentation: `python -m infra.formats` writes the last two.
"""
