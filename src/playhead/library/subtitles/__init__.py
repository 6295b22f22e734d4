"""Makes subtitles of segments by the rules of the field, for any length in bounded memory.

`units` splits text where a line may end, `times` finds when each unit is spoken, `breaks` weighs each end of a line,
`split` makes cues of units, `timing` decides how long a cue is shown, `cues` does all of it over a stream of segments,
and `formats` writes SRT and WebVTT.
"""
