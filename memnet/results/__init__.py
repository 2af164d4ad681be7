"""What lies under results/ and weights/: the one place that knows these files."""
