"""Free loopback ports."""

import socket


def free_port(address: str = "127.0.0.1") -> int:
    """Give a port that is free for both UDP and TCP at the moment."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((address, 0))
            port: int = tcp.getsockname()[1]
        if is_free(port, address):
            return port
    raise OSError(f"no port of {address} is free for both UDP and TCP")


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Tell whether a port is free for both UDP and TCP at the moment."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
