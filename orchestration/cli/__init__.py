"""The `obmin` command line: one module per command group. The commands' work is in the other packages."""
