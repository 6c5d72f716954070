"""Runs the program of docs/guides/half-messages.md, which stands beside this file as guide.py.

place ORDER commit|die-before|die-after   a service; the local transaction is a file in DATABASE
answer                                    one that answers questions, until it is killed
"""
import os
import sys

import guide

guide.BROKER["bootstrap.servers"] = sys.argv[1]
DATABASE = sys.argv[2]


class Database:
    """What is committed is a file's name."""

    def __init__(self, fate):
        self.fate = fate

    def commit(self, order):
        if self.fate == "die-before":
            os._exit(9)
        open(os.path.join(DATABASE, order), "w").close()
        if self.fate == "die-after":
            os._exit(9)

    def has(self, order):
        return os.path.exists(os.path.join(DATABASE, order))


if sys.argv[3] == "place":
    guide.place(sys.argv[4], Database(sys.argv[5]))
    print("done")
else:
    guide.answer_questions(Database(""))
