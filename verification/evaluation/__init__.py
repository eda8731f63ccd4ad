"""How often the models and the verifier are wrong, measured on given data.

Pure statistics: `proportions` (rates of independent trials), `comparisons` (scores of pairs of
samples), `curves` (rates over every threshold), `resampled` (intervals for rates over pairs),
`attacks` (rates per species), `strings` (which of all strings of digits a check accepts). `stills`,
`utterances`, `digit_strings` and `recordings` run models over a directory; `summaries` makes JSON
documents of it and `page` a page of those; `calibration` writes a threshold into a pack.
"""
