"""A client for Steward's wire protocol, written from Shared/RPC/PROTOCOL.md alone.

It needs nothing but Python and cbor2.  One thread reads each connection; calls may be made from any
number of threads.
"""

import collections
import select
import socket
import struct
import threading
import uuid

import cbor2

PREFACE = bytes.fromhex("895354570D0A1A01")
HELLO, HELLO_OK, PING, PONG, GOAWAY, CREDIT = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
OPEN, MESSAGE, STATUS, RESET = 0x10, 0x11, 0x12, 0x13
KNOWN_TYPES = {HELLO, HELLO_OK, PING, PONG, GOAWAY, CREDIT, OPEN, MESSAGE, STATUS, RESET}
END, MORE, IGNORABLE = 0x01, 0x02, 0x80
HEADER = struct.Struct(">IBBHQ")

CODES = (
    "ok cancelled unknown invalid_argument deadline_exceeded not_found already_exists "
    "permission_denied resource_exhausted failed_precondition aborted out_of_range "
    "unimplemented internal unavailable data_loss unauthenticated"
).split()

SETTINGS = {
    "minimumVersion": 1,
    "maximumVersion": 1,
    "software": "steward_client.py 1",
    "capabilities": [],
    "frameBytes": 65_536,
    "messageBytes": 4 * 1024 * 1024,
    "metadataBytes": 8_192,
    "streams": 128,
    "streamWindow": 256 * 1024,
    "connectionWindow": 1024 * 1024,
}


class RPCError(Exception):
    """How a call failed: code by name, reason, message, retry advice, details."""

    def __init__(self, metadata):
        self.number = metadata.get("code", 2)
        self.code = CODES[self.number] if self.number < len(CODES) else f"code_{self.number}"
        self.reason = metadata.get("reason", "")
        self.message = metadata.get("message", "")
        self.retry = metadata.get("retry", 0)
        self.retry_after = metadata.get("retryAfter")
        self.details = metadata.get("details", {})
        super().__init__(f"{self.code} ({self.reason}): {self.message}")


class ProtocolError(Exception):
    """The server broke the protocol, or refused us for having broken it."""


def encode(value):
    """A message or metadata as CBOR: dates as tag 1, UUIDs as tag 37, None left out."""
    return cbor2.dumps(_without_none(value), datetime_as_timestamp=True)


def _without_none(value):
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(item) for item in value]
    return value


def frame(kind, flags=0, stream=0, metadata=b"", body=b""):
    """One frame as bytes."""
    length = len(metadata) + len(body)
    return HEADER.pack(length, kind, flags, len(metadata), stream) + metadata + body


class Connection:
    """One connection to one service: `call`, `stream`, `upload`, `converse`."""

    def __init__(self, path=None, address=None, timeout=5.0):
        if path is not None:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(path)
        else:
            self._socket = socket.create_connection(address)
        self._lock = threading.Condition()
        self._write_lock = threading.Lock()
        self._calls = {}
        self._next_stream = 1
        self._window = 0
        self._owed = 0
        self._server = None
        self._failure = None
        self._last_stream = None
        self._closed = False
        settings = dict(SETTINGS, instance=uuid.uuid4())
        self._send(PREFACE + frame(HELLO, metadata=encode(settings)))
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()
        with self._lock:
            if not self._lock.wait_for(lambda: self._server or self._failure, timeout):
                raise ProtocolError("no HELLO_OK in time")
            if self._failure:
                raise self._failure

    @property
    def server(self):
        """What the server said of itself: software, instance, limits."""
        return self._server

    def call(self, method, request=None, **options):
        """A unary call: the reply, or RPCError."""
        call = self._open(method, request, ends=True, **options)
        return call.reply()

    def stream(self, method, request=None, **options):
        """A server stream: iterate over the elements; `cancel()` gives it up."""
        return self._open(method, request, ends=True, **options)

    def upload(self, method, request, inputs, **options):
        """A client stream: sends every input, then waits for the reply."""
        call = self._open(method, request, ends=False, **options)
        for item in inputs:
            if call.has_ended:
                break
            call.send(item)
        call.finish()
        return call.reply()

    def converse(self, method, request=None, **options):
        """A bidirectional stream: `send`, `finish`, and iterate."""
        return self._open(method, request, ends=False, **options)

    def close(self):
        """Ends the connection, and with it all calls."""
        self._closed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join(5)
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Opening and sending.

    def _open(
        self, method, request, ends, timeout=None, token=None, idempotency_key=None,
        attempt=None, trace=None, values=None,
    ):
        metadata = encode({
            "method": method,
            "timeout": None if timeout is None else int(timeout * 1_000_000),
            "token": token,
            "idempotencyKey": idempotency_key,
            "attempt": attempt,
            "trace": trace,
            "values": values,
        })
        if len(metadata) > self._server["metadataBytes"]:
            raise ValueError("the metadata is larger than the server accepts")
        with self._lock:
            if self._failure or self._last_stream is not None:
                raise self._failure or ProtocolError("the server is going away")
            stream = self._next_stream
            self._next_stream += 2
            call = Call(self, stream, self._server["streamWindow"])
            self._calls[stream] = call
            # Numbers must reach the server in order, so the header goes out before the lock does.
            body = encode(request or {})
            first = self._take_credit(call, body, len(metadata))
            rest = body[len(first):]
            flags = MORE if rest else (END if ends else 0)
            self._send(frame(OPEN, flags, stream, metadata, first))
        self._send_body(call, rest, END if ends else 0)
        return call

    def _send_body(self, call, body, last_flags):
        """Sends what is left of a message, as fragments and as credit allows."""
        while body:
            with self._lock:
                self._lock.wait_for(
                    lambda: min(self._window, call.window) > 0
                    or call.has_ended or self._failure)
                if call.has_ended or self._failure:
                    return
                part = self._take_credit(call, body, 0)
            body = body[len(part):]
            flags = MORE if body else last_flags
            self._send(frame(MESSAGE, flags, call.number, body=part))

    def _take_credit(self, call, body, metadata_bytes):
        size = min(
            len(body), call.window, self._window, self._server["frameBytes"] - metadata_bytes)
        call.window -= size
        self._window -= size
        return body[:size]

    def _send_status(self, call):
        self._send(frame(STATUS, END, call.number, encode({"code": 0})))

    def _reset(self, call):
        with self._lock:
            if call.has_ended:
                return
            call.end(RPCError({"code": 1, "reason": "rpc.cancelled", "message": "Cancelled."}))
            self._calls.pop(call.number, None)
            for _, size in call.waiting:
                self._owe(size)
            call.waiting.clear()
        self._send(frame(RESET, 0, call.number, encode({"code": 1})))

    def _send(self, data):
        with self._write_lock:
            self._socket.sendall(data)

    # Receiving.

    def _read_all(self):
        try:
            if self._read(len(PREFACE)) != PREFACE:
                raise ProtocolError("the server's preface is not Steward's")
            while True:
                header = self._read(HEADER.size)
                length, kind, flags, meta_length, stream = HEADER.unpack(header)
                if length > SETTINGS["frameBytes"] or meta_length > length:
                    raise ProtocolError("a frame is larger than we accept")
                if meta_length > SETTINGS["metadataBytes"] or flags & ~(END | MORE | IGNORABLE):
                    raise ProtocolError("a frame's header is not valid")
                payload = self._read(length)
                if kind not in KNOWN_TYPES:
                    if flags & IGNORABLE:
                        continue
                    raise ProtocolError(f"the server sent type {kind:#x}")
                metadata = cbor2.loads(payload[:meta_length]) if meta_length else {}
                self._received(kind, flags, stream, metadata, payload[meta_length:])
        except (OSError, EOFError, ProtocolError) as error:
            self._fail(error)

    def _read(self, size):
        data = bytearray()
        while len(data) < size:
            # The server hears from us every 15 seconds, and we from it.
            if not select.select([self._socket], [], [], 15)[0]:
                self._send(frame(PING, body=b"steward?"))
                if not select.select([self._socket], [], [], 10)[0]:
                    raise ProtocolError("the server is silent")
            part = self._socket.recv(min(size - len(data), 1 << 20))
            if not part:
                raise EOFError("the server closed the connection")
            data += part
        return bytes(data)

    def _received(self, kind, flags, stream, metadata, body):
        if kind == PING:
            self._send(frame(PONG, body=body))
            return
        with self._lock:
            if kind == HELLO_OK:
                self._server = metadata
                self._window = metadata["connectionWindow"]
            elif kind == GOAWAY:
                self._received_goaway(metadata)
            elif kind == CREDIT:
                self._received_credit(stream, struct.unpack(">I", body)[0])
            elif kind == MESSAGE:
                self._received_message(flags, stream, body)
            elif kind in (STATUS, RESET):
                self._received_status(kind, stream, metadata)
            self._lock.notify_all()

    def _received_goaway(self, metadata):
        self._last_stream = metadata["lastStream"]
        if metadata.get("reason"):
            self._failure = ProtocolError(metadata["reason"])
        for number in [number for number in self._calls if number > self._last_stream]:
            self._calls.pop(number).end(RPCError({
                "code": 14, "reason": "rpc.going_away", "message": "Not processed.", "retry": 1}))

    def _received_credit(self, stream, bytes_granted):
        if stream == 0:
            self._window += bytes_granted
        elif stream in self._calls:
            self._calls[stream].window += bytes_granted

    def _received_message(self, flags, stream, body):
        call = self._calls.get(stream)
        if call is None:
            self._owe(len(body))
            return
        call.received(body, is_last=not flags & MORE)
        if flags & END:
            self._calls.pop(stream)
            call.end(None)

    def _received_status(self, kind, stream, metadata):
        call = self._calls.pop(stream, None)
        if call is not None:
            succeeded = kind == STATUS and metadata.get("code", 0) == 0
            call.end(None if succeeded else RPCError(metadata))

    def _owe(self, size):
        """Counts bytes to give back on the connection; sends them when half the window is owed."""
        self._owed += size
        if self._owed >= SETTINGS["connectionWindow"] // 2:
            self._send(frame(CREDIT, body=struct.pack(">I", self._owed)))
            self._owed = 0

    def _fail(self, error):
        with self._lock:
            self._failure = self._failure or error
            for call in self._calls.values():
                call.end(RPCError({
                    "code": 14, "reason": "rpc.connection_lost", "message": str(error),
                    "retry": 3}))
            self._calls.clear()
            self._lock.notify_all()


class Call:
    """One call: what arrives waits here until it is taken."""

    def __init__(self, connection, number, window):
        self.connection = connection
        self.number = number
        self.window = window
        self.waiting = collections.deque()
        self.has_ended = False
        self._error = None
        self._fragments = bytearray()
        self._kept = 0
        self._owed = 0

    # Called with the connection's lock held.

    def received(self, body, is_last):
        self._fragments += body
        if is_last:
            self.waiting.append((bytes(self._fragments), self._kept + len(body)))
            self._fragments.clear()
            self._kept = 0
        elif self.waiting:
            self._kept += len(body)
        else:
            self._give_back(len(body))

    def end(self, error):
        self.has_ended = True
        self._error = error

    def _give_back(self, size):
        self.connection._owe(size)
        self._owed += size
        if not self.has_ended and self._owed >= SETTINGS["streamWindow"] // 2:
            self.connection._send(frame(CREDIT, 0, self.number, body=struct.pack(">I", self._owed)))
            self._owed = 0

    # Called by the application.

    def send(self, item):
        """Sends one input; waits while the server has given no credit."""
        body = encode(item)
        self.connection._send_body(self, body, 0)

    def finish(self):
        """Says that no more inputs follow."""
        if not self.has_ended:
            self.connection._send_status(self)

    def cancel(self):
        """Gives the call up."""
        self.connection._reset(self)

    def reply(self):
        """The one reply of a unary call or an upload."""
        for item in self:
            return item
        raise ProtocolError("the call ended without a reply")

    def next(self, timeout=None):
        """The next element; None at the end; TimeoutError if nothing comes in time."""
        connection = self.connection
        with connection._lock:
            if not connection._lock.wait_for(lambda: self.waiting or self.has_ended, timeout):
                raise TimeoutError()
            if self.waiting:
                body, size = self.waiting.popleft()
                self._give_back(size)
                return cbor2.loads(body)
            if self._error:
                raise self._error
            return None

    def __iter__(self):
        return self

    def __next__(self):
        item = self.next()
        if item is None:
            raise StopIteration
        return item
