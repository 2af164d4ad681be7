"""The paper's published numbers, and the pages that show them beside the measured ones."""
