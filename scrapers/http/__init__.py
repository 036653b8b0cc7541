"""The only way to the network: asking for pages politely, within limits, and only at public addresses."""
