"""The networks: what maps a degraded luminance plane to a restored one."""
