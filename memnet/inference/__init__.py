"""Restoring an image with a trained network."""
