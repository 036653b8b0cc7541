"""The HTTP client, the only access to the network: polite, within limits, and to public addresses only."""
