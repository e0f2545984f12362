"""`python -m local.embedded`: serve the embedded AWS in the foreground."""

from local.embedded.server import main

main()
