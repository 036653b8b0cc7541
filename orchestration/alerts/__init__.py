"""Words and channels of alerts. No Dagster, no SQL; what is due is decided in warehouse/outbox.py."""
