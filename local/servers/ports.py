"""Free loopback ports."""

import socket


def free_port(address: str = "127.0.0.1") -> int:
    """Give a port that is free for both UDP and TCP at the moment."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((address, 0))
            port: int = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind((address, port))
                except OSError:
                    continue
                return port
    raise OSError(f"no port of {address} is free for both UDP and TCP")
