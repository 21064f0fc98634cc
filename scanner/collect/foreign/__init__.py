"""What other tools found: their files read into one plain shape, which rests on a shelf as evidence of a named foreign origin.

Nothing that such a file says is a verdict of ours. Only host, rule, title, severity and result are taken over; whatever else the
file holds (collected values, script output) may hold secrets and stays where it is.
"""
