"""python -m gateway: the same as `causeway`."""

from gateway.cli import main

main()
