"""`cameo demo`: the whole story on one machine, with real models, signatures and processes.

`story` has the acts, with `licence` and `character` for what is long; `backstage` the processes and
keys behind them, `scene` who plays, `narration` what the audience reads. The demo asserts its own
story: an answer that is not the one told about fails it.
"""
