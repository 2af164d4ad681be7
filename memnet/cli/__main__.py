"""`python -m memnet.cli`, the same as `memnet`."""

from memnet.cli import main

main()
