"""Answers from the published copy: fixed questions, any SQL, all about one exchange."""
