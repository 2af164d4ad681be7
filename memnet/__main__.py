"""`python -m memnet`: the command `memnet`."""

from memnet.cli import main

main()
