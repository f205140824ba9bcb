"""`python -m polyreact`."""

from polyreact.cli.main import main

main()
