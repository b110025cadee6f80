"""Sliding sync (MSC4186): the rooms that an app shows, newest first, instead of all there are.

    routes.py      both endpoints          decode.py, encode.py   both forms on the wire; asking.py the request
    service.py     waits, then answers     answer.py              the making of one answer
    connection.py  what was told on each connection, so that a lost answer can be given again
    activity.py    the order of a user's rooms, kept while he is connected;  lists.py, filters.py  his lists
    first_screen.py  the newest rooms of somebody who is not connected yet, without looking at all of them
    joined_room.py, other_room.py, room_result.py   what is told of a room;  wishes.py  what of it is wanted
    extensions.py  account data, receipts, typing, messages to the device, keys

A second encoder over the sessions and room parts of the classic sync: neither knows more than the other.
"""
