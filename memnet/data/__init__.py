"""The datasets: what they are, where they come from, and the check of every byte."""
