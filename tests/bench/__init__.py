"""What `make bench-…` runs: speeds, never asserted, printed as ratios against a peer in the same run."""
