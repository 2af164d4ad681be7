"""Images and what is done to their pixels: reading, colour, resizing, noise, JPEG, metrics."""
