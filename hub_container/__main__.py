"""Start the hub: `python -m hub_container`."""

import sys

from hub_container.main import main

sys.exit(main())
