"""The claims of the paper: checks, evidence, intervals, and the verdict on each."""
