"""Alerts: what is news or a problem, the outbox, message texts, channels, delivery. No Dagster here."""
