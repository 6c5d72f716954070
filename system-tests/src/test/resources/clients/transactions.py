"""Transactions of librdkafka: what is committed is seen with its offsets, what is aborted is not.

Arguments: bootstrap address, topic that is there with one partition.
"""

import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, topic = sys.argv[1:3]
GROUP = "transacting"


def consumer(isolation):
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": GROUP,
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )


def begun():
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "python"})
    producer.init_transactions(30)
    return producer


reader = consumer("read_committed")
producer = begun()
for i in range(20):
    producer.begin_transaction()
    producer.produce(topic, str(i).encode(), partition=0)
    producer.flush(30)
    producer.send_offsets_to_transaction(
        [TopicPartition("read", 0, i + 1)], reader.consumer_group_metadata(), 30
    )
    if i % 2:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)

reader.assign([TopicPartition(topic, 0, 0)])
found = []
for _ in range(300):
    message = reader.poll(0.1)
    if message is not None and message.error() is None:
        found.append(int(message.value()))
    if len(found) == 10:
        break
assert found == list(range(1, 20, 2)), found
committed = reader.committed([TopicPartition("read", 0)], 30)[0].offset
assert committed == 20, committed

producer.begin_transaction()
producer.produce(topic, b"left behind", partition=0)
producer.flush(30)
second = begun()
try:
    producer.commit_transaction(30)
    raise SystemExit("a fenced producer committed")
except KafkaException as fenced:
    assert fenced.args[0].fatal(), fenced
reader.close()
print("done")
