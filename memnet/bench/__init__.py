"""Speed and memory of networks, measured side by side on the machine at hand."""
