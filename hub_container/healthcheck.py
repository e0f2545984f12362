"""The container's health check: asks the hub's own /healthz, exits 0 or 1."""

import os
import sys
import urllib.request

from hub_container.settings import HTTP_LISTEN, http_endpoint
from zonemesh.deployment import HUB_HTTP_LISTEN

_PATIENCE = 4.0  # seconds; below the container's own


def main() -> int:
    """Give 0 where the hub says that it is well."""
    listen = http_endpoint(os.environ.get(HUB_HTTP_LISTEN) or HTTP_LISTEN).reachable
    host = f"[{listen.address}]" if ":" in listen.address else listen.address
    try:
        with urllib.request.urlopen(f"http://{host}:{listen.port}/healthz", timeout=_PATIENCE):
            return 0
    except OSError as problem:
        print(f"not healthy: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
