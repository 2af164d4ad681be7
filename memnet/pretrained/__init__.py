"""Weights that others published, and the networks that they are of."""
