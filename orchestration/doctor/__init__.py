"""Whether this deployment can work: checks of what it needs, each with the cure of what it finds.

They only read. What `obmin doctor` prints of them is in text.py.
"""
