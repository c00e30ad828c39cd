"""Drives real services with steward_client.py: interop.py RUNTIME_DIRECTORY

Signs up and in, appends, follows a stream, and tries what the protocol promises and refuses.
Prints a line for each thing that held, and ends with a failure at the first that did not.
"""

import os
import socket
import sys
import threading
import time
import uuid

from steward_client import (
    HELLO, IGNORABLE, MESSAGE, PREFACE, SETTINGS, Connection, ProtocolError, RPCError, encode,
    frame,
)

PASSWORD = "correct horse battery staple " + uuid.uuid4().hex


def held(sentence):
    print("held:", sentence, flush=True)


def refused(code, reason, call):
    """The error with which a call fails, which must have the given code and reason."""
    try:
        call()
    except RPCError as error:
        assert error.code == code, error
        assert reason is None or error.reason == reason, error
        return error
    raise AssertionError(f"expected {code} ({reason}), but the call succeeded")


def sign_in(identity):
    email = f"{uuid.uuid4().hex}@example.org"
    refused(
        "unauthenticated", "identity.credentials_invalid",
        lambda: identity.call("identity.SignIn", {"identifier": email, "password": PASSWORD}))
    identity.call(
        "identity.SignUp", {"email": email, "password": PASSWORD, "displayName": "Ada Interop"})
    session = identity.call("identity.SignIn", {"identifier": email, "password": PASSWORD})
    me = identity.call("identity.GetMe", token=session["accessToken"])
    assert me["user"]["id"] == session["user"]["id"] and isinstance(me["sessionID"], uuid.UUID), me
    held("signs up, is refused before, signs in, and reads who it is")
    renewed = identity.call("identity.RefreshSession", {"refreshToken": session["refreshToken"]})
    assert renewed["sessionID"] == session["sessionID"]
    held("renews its session")
    return renewed["accessToken"]


def reflection(connection):
    methods = {item["name"]: item for item in connection.call("rpc.List")["methods"]}
    append = connection.call("rpc.Describe", {"method": "conversations.AppendMessage"})
    fields = {field["name"]: field for field in append["request"]["fields"]}
    assert methods["conversations.WatchConversation"]["shape"] == "server_stream"
    assert fields["conversationID"]["type"]["kind"] == "uuid", fields["conversationID"]
    assert "user" in fields["role"]["type"]["cases"], fields["role"]
    assert fields["text"]["documentation"] and not fields["text"]["isOptional"]
    health = connection.call("rpc.Health")
    assert health["isLive"] and health["isReady"], health
    held("reads methods, fields and health by reflection")


def append_and_follow(connection, token):
    conversation = connection.call("conversations.CreateConversation", {}, token=token)
    place = {"conversationID": conversation["id"]}
    events = []
    watch = connection.stream("conversations.WatchConversation", place, token=token)

    def follow():
        for event in watch:
            events.append(event)
            if event["kind"] == "renamed":
                return

    follower = threading.Thread(target=follow)
    follower.start()
    texts = [f"message {number}" for number in range(100)]
    texts += ["long " + "ä€😀" * 60_000]
    for text in texts:
        stored = connection.call(
            "conversations.AppendMessage", dict(place, role="user", text=text), token=token,
            idempotency_key=str(uuid.uuid4()))
        assert stored["message"]["text"] == text
    connection.call("conversations.RenameConversation", dict(place, title="Done"), token=token)
    follower.join(20)
    assert not follower.is_alive(), "the stream did not bring what happened"
    positions = [event["position"] for event in events]
    assert positions == list(range(1, len(positions) + 1)), positions
    followed = [event["message"]["text"] for event in events if event.get("message")]
    assert followed == texts
    held(f"appends {len(texts)} messages, one of {len(encode(texts[-1]))} bytes, and follows them")

    resumed = connection.stream(
        "conversations.WatchConversation", dict(place, after=positions[-3]), token=token)
    assert [next(resumed)["position"], next(resumed)["position"]] == positions[-2:]
    resumed.cancel()
    watch.cancel()
    held("resumes a stream at a position, and cancels it")

    key = str(uuid.uuid4())
    request = dict(place, role="user", text="once")
    first, again = (
        connection.call("conversations.AppendMessage", request, token=token, idempotency_key=key)
        for _ in range(2))
    assert first["message"]["id"] == again["message"]["id"] and again["isRepeated"]
    held("repeats an append with its key and gets the same message")
    return place


def at_end(connection, place, token):
    """Where to watch from for what has not happened yet."""
    conversation = connection.call("conversations.GetConversation", place, token=token)
    return dict(place, after=conversation["version"])


def errors(connection, place, token):
    other = {"conversationID": uuid.uuid4()}
    refused("not_found", None,
            lambda: connection.call("conversations.GetConversation", other, token=token))
    refused("unauthenticated", None,
            lambda: connection.call("conversations.GetConversation", place))
    refused("unauthenticated", None,
            lambda: connection.call("conversations.GetConversation", place, token="x" + token))
    refused("unimplemented", None, lambda: connection.call("conversations.Frobnicate"))
    error = refused(
        "invalid_argument", None,
        lambda: connection.call(
            "conversations.GetConversation", {"conversationID": 7}, token=token))
    assert "conversationID" in error.message, error
    held("gets each failure with its code, and a wrong field by its name")

    began = time.monotonic()
    watch = connection.stream(
        "conversations.WatchConversation", at_end(connection, place, token), token=token,
        timeout=0.3)
    refused("deadline_exceeded", None, lambda: list(watch))
    assert 0.2 < time.monotonic() - began < 2
    held("is told when its deadline passed")


def large_messages(connection):
    body = os.urandom(3 * 1024 * 1024)
    assert connection.call("rpc.Echo", {"body": body})["body"] == body
    held("sends and receives a message twelve times the stream's window")
    refused(
        "resource_exhausted", "rpc.message_too_large",
        lambda: connection.call("rpc.Echo", {"body": bytes(5 * 1024 * 1024)}))
    assert connection.call("rpc.Echo", {"body": b"still here"})["body"] == b"still here"
    held("is refused a message over the limit, and goes on")


def slow_reader(connection, place, token):
    """A watch that nobody reads holds up no other call on the connection."""
    watch = connection.stream("conversations.WatchConversation", place, token=token)
    for _ in range(200):
        connection.call("rpc.Echo", {"body": b"x" * 1000})
    assert watch.next(timeout=10)["position"] == 1
    watch.cancel()
    held("does not read one stream while 200 other calls go on")


def transfer(connection, token):
    chunks = connection.stream("conversations.ExportConversations", token=token)
    file = b"".join(chunk["data"] for chunk in chunks)
    assert file.startswith(b"{"), file[:40]
    pieces = ({"data": file[start:start + 10_000]} for start in range(0, len(file), 10_000))
    report = connection.upload(
        "conversations.ImportConversations", {"format": "steward"}, pieces, token=token)
    assert report["failedCount"] == 0, report
    held(f"exports {len(file)} bytes as a stream, and sends them back as one")


def sign_out(identity, connection, place, token):
    watch = connection.stream(
        "conversations.WatchConversation", at_end(connection, place, token), token=token)
    identity.call("identity.SignOut", token=token)
    began = time.monotonic()
    refused("unauthenticated", None, lambda: list(watch))
    assert time.monotonic() - began < 1, "the stream outlived its session by a second"
    refused("unauthenticated", None,
            lambda: connection.call("conversations.GetConversation", place, token=token))
    held("signs out: its stream ends, and its token is refused, within a second")


def broken_peers(path):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        peer.settimeout(5)
        data = peer.recv(4096)
        while data and peer.recv(4096):
            pass
        assert data in (b"", PREFACE), data
    held("a wrong preface is hung up on")

    cases = {
        "unknown_type": frame(0x30),
        "unknown_flags": frame(MESSAGE, flags=0x40, stream=1),
        "unexpected_frame": frame(HELLO, metadata=encode(SETTINGS)),
        "frame_too_large": frame(MESSAGE, stream=1)[:0] + b"\xff\xff\xff\xff" + frame(MESSAGE)[4:],
        "stream_id": frame(0x10, 1, 2, encode({"method": "rpc.Health"}), encode({})),
    }
    for reason, data in cases.items():
        connection = Connection(path)
        connection._send(data)
        connection._reader.join(5)
        assert isinstance(connection._failure, ProtocolError), (reason, connection._failure)
        assert str(connection._failure) == reason, (reason, connection._failure)
        connection.close()
    with Connection(path) as connection:
        connection._send(frame(0x50, flags=IGNORABLE, body=b"from the future"))
        assert connection.call("rpc.Health")["isLive"]
    held("each breach of the protocol is named, and an ignorable frame is ignored")


def main():
    directory = sys.argv[1]
    path = os.path.join(directory, "conversations.sock")
    with Connection(os.path.join(directory, "identity.sock")) as identity:
        with Connection(path) as connection:
            reflection(connection)
            token = sign_in(identity)
            place = append_and_follow(connection, token)
            errors(connection, place, token)
            large_messages(connection)
            slow_reader(connection, place, token)
            transfer(connection, token)
            sign_out(identity, connection, place, token)
    broken_peers(path)
    print("all held")


if __name__ == "__main__":
    main()
