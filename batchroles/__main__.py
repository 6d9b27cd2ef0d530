"""`python -m batchroles`."""

from batchroles.cli import main

main()
