"""What the tests, the scripts and the benchmarks share."""
