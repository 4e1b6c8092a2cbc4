"""`make corpus`."""
