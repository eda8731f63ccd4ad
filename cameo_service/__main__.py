"""`python -m cameo_service` is the command `cameo`.

python -m cameo_service --help
"""

import sys

from cameo_service.cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
