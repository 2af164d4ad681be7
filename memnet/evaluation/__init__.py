"""Methods measured: on a benchmark, by what a user brings, against published values, and inside."""
