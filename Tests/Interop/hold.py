"""Opens streams and a call that waits, and never ends: hold.py SOCKET TOKEN CONVERSATION

The tests kill it to see what the service does with what it held.
"""

import sys
import threading
import uuid

from steward_client import Connection


def main():
    path, token, conversation = sys.argv[1:]
    connection = Connection(path)
    place = {"conversationID": uuid.UUID(conversation)}
    watches = [
        connection.stream("conversations.WatchConversation", place, token=token)
        for _ in range(20)]
    for watch in watches:
        next(watch)
    threading.Thread(
        target=connection.call,
        args=("conversations.AppendMessage", dict(place, role="user", text="must wait")),
        kwargs={"token": token, "timeout": 60}).start()
    threading.Event().wait()


main()
