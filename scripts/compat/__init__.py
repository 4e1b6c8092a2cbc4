"""`make compat`."""
