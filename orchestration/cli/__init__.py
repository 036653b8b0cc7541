"""The command line `obmin`: one module per group of commands. What the commands do is in the other packages."""
