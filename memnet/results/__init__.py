"""What lies under results/ and memnet/weights/: the one place that knows these files."""
