"""Run ``python -m latentmr``."""

from latentmr.cli import main

if __name__ == "__main__":
    main()
