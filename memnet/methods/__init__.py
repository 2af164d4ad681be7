"""Methods: whatever maps a degraded plane to a restored one and can be scored."""
