"""Reads the topic `scores` from another stack: prints each committed score as one line of JSON.

    pip install confluent-kafka==2.16.1 fastavro==1.13.1
    python examples/read_scores.py --brokers 127.0.0.1:9092 --registry http://127.0.0.1:8081/apis/ccompat/v7 --max 5

Values are Avro in the Confluent wire format: byte 0, the schema id (4 bytes, big-endian), the body. Nothing of Barline is needed.
"""

import argparse
import io
import json
import struct
import sys
import time
import urllib.request
from datetime import datetime
from functools import lru_cache

import fastavro
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

MAGIC = 0


def main() -> None:
    options = parse_options()

    @lru_cache(maxsize=None)
    def schema_of(schema_id: int) -> dict:
        address = f"{options.registry.rstrip('/')}/schemas/ids/{schema_id}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return fastavro.parse_schema(json.loads(json.load(answer)["schema"]))

    for value in read_committed(options.brokers, options.topic, options.max, options.timeout):
        print(json.dumps(decode(value, schema_of), default=as_text), flush=True)


def read_committed(brokers: str, topic: str, most: int, timeout: float):
    """Values of the topic from its beginning, each partition up to where it ended at the start, at most `most` of them."""
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "barline-example-read-scores",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        metadata = consumer.list_topics(topic, timeout=timeout).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in sorted(metadata.partitions)])
        unfinished = set(metadata.partitions)
        count, deadline = 0, time.monotonic() + timeout
        while unfinished and count < most:
            message = consumer.poll(1.0)
            if message is None:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nothing from {topic} for {timeout} s")
                continue
            deadline = time.monotonic() + timeout
            if message.error() is None:
                count += 1
                yield message.value()
            elif message.error().code() == KafkaError._PARTITION_EOF:
                unfinished.discard(message.partition())
            else:
                raise KafkaException(message.error())
    finally:
        consumer.close()


def decode(value: bytes, schema_of) -> dict:
    """The record in a value; raises ValueError unless it is in the Confluent wire format."""
    if len(value) < 5 or value[0] != MAGIC:
        raise ValueError("value is not in the Confluent wire format")
    (schema_id,) = struct.unpack(">I", value[1:5])
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), schema_of(schema_id), None)


def as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"cannot print {type(value).__name__}")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True, help="host:port,host:port")
    parser.add_argument("--registry", required=True, help="Confluent API of the registry, up to /apis/ccompat/v7")
    parser.add_argument("--topic", default="scores")
    parser.add_argument("--max", type=int, default=sys.maxsize, help="stop after this many records")
    parser.add_argument("--timeout", type=float, default=15.0, help="give up after so many seconds without a record")
    return parser.parse_args()


if __name__ == "__main__":
    main()
