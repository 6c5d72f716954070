"""Answers questions with the program of docs/guides/ask-before-redeliver.md, which stands beside
this file as guide.py, until it is killed. An order is charged if there is a file of its name.

BOOTSTRAP DATABASE
"""
import os
import sys

import guide

guide.BROKER["bootstrap.servers"] = sys.argv[1]


class Database:
    """What is charged is a file's name."""

    def is_charged(self, order):
        return os.path.exists(os.path.join(sys.argv[2], order))


guide.answer_questions(Database())
