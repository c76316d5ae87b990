"""`python -m engine` is `call-engine`."""

import sys

from engine.serve.cli import main

if __name__ == "__main__":
    sys.exit(main())
