"""`python -m leeway_cli`."""

from leeway_cli.main import main

main()
