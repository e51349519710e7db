"""``python -m qualitychain``: the command line."""

from qualitychain.cli import main

if __name__ == "__main__":
    main()
