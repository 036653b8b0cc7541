"""What `make bench-…` runs: speeds, never asserted, printed as ratios to a peer in the same run."""
