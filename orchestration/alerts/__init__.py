"""Alerts: what is news or a problem, the outbox, words, channels, delivery. No Dagster here."""
