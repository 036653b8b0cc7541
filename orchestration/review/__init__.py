"""Texts that people look at: reading and explaining them, evaluating labelled ones, deciding what is doubtful."""
