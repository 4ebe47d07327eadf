"""``python -m lastword``."""

from lastword.cli.main import main

if __name__ == "__main__":
    main()
