"""`cameo evaluate`: how often the models and the verifier are wrong, on data at hand.

$ cameo evaluate faces stills --html faces.html
"""
