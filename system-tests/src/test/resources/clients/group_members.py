"""Two members of librdkafka share a topic, commit, and another goes on where they were.

Arguments: bootstrap address, topic of two partitions with records, how many, assignor.
"""

import sys
import time

from confluent_kafka import Consumer, TopicPartition

bootstrap, topic, wanted, assignor = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def member():
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "python-" + assignor,
            "partition.assignment.strategy": assignor,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 200,
        }
    )
    consumer.subscribe([topic])
    return consumer


def until(what, condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            sys.exit("waited in vain: " + what)


seen = {}


def poll(consumers):
    for consumer in consumers:
        for message in consumer.consume(100, 0.1):
            if message.error():
                sys.exit(str(message.error()))
            seen[(message.partition(), message.offset())] = message.value()


both = [member(), member()]


def shared():
    poll(both)
    return [len(one.assignment()) for one in both] == [1, 1]


def read():
    poll(both)
    return len(seen) == wanted


until("each member has a partition", shared)
until("all records", read)
for consumer in both:
    one = consumer.assignment()[0]
    end = 1 + max(offset for partition, offset in seen if partition == one.partition)
    consumer.commit(offsets=[TopicPartition(topic, one.partition, end)], asynchronous=False)
for consumer in both:
    consumer.close()

later = member()
seen.clear()
until("who is alone has both partitions", lambda: (poll([later]), len(later.assignment()) == 2)[1])
poll([later])
if seen:
    sys.exit("read twice: %d" % len(seen))
committed = later.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)])
if sum(one.offset for one in committed) != wanted:
    sys.exit("committed: " + str(committed))
later.close()
print("done")
