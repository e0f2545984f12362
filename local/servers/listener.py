"""Takes DNS messages over UDP and TCP at one port of loopback, for servers written here."""

import socketserver
import struct
import threading
from collections.abc import Callable, Iterable

Answers = Callable[[bytes, str, bool], Iterable[bytes]]
"""Gives the messages that answer one, from an address, over TCP or not; none is no answer."""


class Listener:
    """Answers from when it is made until it is stopped, each message in a thread of its own."""

    def __init__(self, address: str, port: int, answers: Answers) -> None:
        where = (address, port)
        self._servers = [_Udp(where, _over_udp(answers)), _Tcp(where, _over_tcp(answers))]
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,)) for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Free the port, once all that is being answered is."""
        for server in self._servers:
            server.shutdown()
            server.server_close()  # waits for the threads of its requests
        for thread in self._threads:
            thread.join()


class _Udp(socketserver.ThreadingUDPServer):
    block_on_close = True
    daemon_threads = False


class _Tcp(socketserver.ThreadingTCPServer):
    block_on_close = True
    daemon_threads = False
    allow_reuse_address = True


def _over_udp(answers: Answers) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            for answer in answers(wire, self.client_address[0], False):
                socket.sendto(answer, self.client_address)

    return Handler


def _over_tcp(answers: Answers) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        timeout = 10.0  # seconds: a connection left open does not hold up the end

        def handle(self) -> None:
            length = self.rfile.read(2)
            if len(length) < 2:
                return
            wire = self.rfile.read(struct.unpack("!H", length)[0])
            try:
                for answer in answers(wire, self.client_address[0], True):
                    self.wfile.write(struct.pack("!H", len(answer)) + answer)
            except OSError:
                pass  # the asker has gone

    return Handler
