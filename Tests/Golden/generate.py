#!/usr/bin/env python3
"""Writes frames.txt: every API at every version, both ways, encoded by kafka-python. See README.md.

Usage: generate.py > frames.txt, with kafka-python 3.0.12 importable; generate.py --check compares frames.txt with
what it would write, an API a line, so that no frame in it can be anybody else's. Each line reads
    <API> <version> request|response <variant> <hex of the whole frame, length included>
Variants: `full` sets every field to a value of its own, so that two that are swapped show; `empty` is
nulls, empty lists and defaults; `small` repeats the smallest elements, to try the bounds on counts.
Tests/WireTests/Expected*.swift state the same values in Swift, by hand.
"""
import os
import sys

import kafka
from kafka.protocol.admin import (
    AlterConfigsRequest, AlterConfigsResponse, CreatePartitionsRequest, CreatePartitionsResponse,
    CreateTopicsRequest, CreateTopicsResponse, DeleteRecordsRequest, DeleteRecordsResponse, DeleteTopicsRequest,
    DeleteTopicsResponse, DescribeClusterRequest, DescribeClusterResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeLogDirsRequest, DescribeLogDirsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse)
from kafka.protocol.consumer import (
    FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse)
from kafka.protocol.metadata import ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, MetadataResponse
from kafka.protocol.producer import (
    InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse)

from groups import *
from admin_frames import *  # noqa: F403
from client_quotas import *  # noqa: F403
import transaction_messages
from transaction_messages import *
from security_messages import *  # noqa: F403
from values import BATCH, ID, LONG, OPERATIONS_UNSET, ZERO, bits

EXPECTED_RELEASE = "3.0.12"

VERSIONS = {
    "Produce": (0, 9), "Fetch": (4, 12), "ListOffsets": (1, 7), "Metadata": (0, 12), "ApiVersions": (0, 4),
    "CreateTopics": (2, 7), "DeleteTopics": (1, 6), "DeleteRecords": (0, 2), "InitProducerId": (0, 4), "DescribeConfigs": (1, 4),
    **GROUP_VERSIONS,
    "DescribeClientQuotas": (0, 1), "AlterClientQuotas": (0, 1),
    **transaction_messages.VERSIONS,
    "SaslHandshake": (0, 1), "SaslAuthenticate": (0, 2), "DescribeAcls": (1, 3), "CreateAcls": (1, 3), "DeleteAcls": (1, 3),
    "DescribeUserScramCredentials": (0, 0), "AlterUserScramCredentials": (0, 0),
    "OffsetForLeaderEpoch": (2, 4), "AlterConfigs": (0, 2), "DescribeLogDirs": (1, 4), "CreatePartitions": (0, 3),
    "IncrementalAlterConfigs": (0, 1), "DescribeCluster": (0, 1),
}


def api_versions_request(version, variant):
    return {"full": dict(client_software_name="tidemark", client_software_version="1.2.3"),
            "empty": dict(client_software_name="", client_software_version="")}.get(variant)


def api_versions_response(version, variant):
    if variant == "full":
        return dict(
            error_code=35, throttle_time_ms=1001,
            api_keys=[dict(api_key=0, min_version=3, max_version=9), dict(api_key=18, min_version=1, max_version=4)],
            supported_features=[dict(name="kraft.version", min_version=2, max_version=5)],
            finalized_features_epoch=77,
            finalized_features=[dict(name="metadata.version", max_version_level=21, min_version_level=20)],
            zk_migration_ready=True)
    keys = [dict(api_key=0, min_version=0, max_version=0)] * 3 if variant == "small" else []
    return dict(error_code=0, api_keys=keys, throttle_time_ms=0, supported_features=[],
                finalized_features_epoch=-1, finalized_features=[], zk_migration_ready=False)


def metadata_request(version, variant):
    if variant == "full":
        return dict(
            topics=[dict(topic_id=ID, name="orders"), dict(topic_id=ZERO, name=LONG)],
            allow_auto_topic_creation=False, include_cluster_authorized_operations=True,
            include_topic_authorized_operations=True)
    if variant == "small":
        name = None if version >= 10 else ""
        topics = [dict(topic_id=ZERO, name=name)] * 3
    else:
        topics = None if version >= 1 else []
    return dict(topics=topics, allow_auto_topic_creation=True, include_cluster_authorized_operations=False,
                include_topic_authorized_operations=False)


def metadata_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1002, cluster_id="cluster-α", controller_id=3, authorized_operations=bits(4095),
            brokers=[dict(node_id=1, host="127.0.0.1", port=9092, rack="rack-a"),
                     dict(node_id=2, host="::1", port=65535, rack=None)],
            topics=[
                dict(error_code=0, name="orders", topic_id=ID, is_internal=True, authorized_operations=bits(248),
                     partitions=[
                         dict(error_code=9, partition_index=4, leader_id=1, leader_epoch=6, replica_nodes=[1, 2],
                              isr_nodes=[2], offline_replicas=[7, 8, 9]),
                         dict(error_code=5, partition_index=5, leader_id=-1, leader_epoch=-1, replica_nodes=[],
                              isr_nodes=[], offline_replicas=[])]),
                dict(error_code=3, name=LONG, topic_id=ZERO, is_internal=False,
                     authorized_operations=OPERATIONS_UNSET, partitions=[])])
    topics = []
    if variant == "small":
        partition = dict(error_code=0, partition_index=0, leader_id=0, leader_epoch=0, replica_nodes=[],
                         isr_nodes=[], offline_replicas=[])
        name = None if version >= 12 else ""
        topics = [dict(error_code=0, name=name, topic_id=ZERO, is_internal=False,
                       authorized_operations=OPERATIONS_UNSET, partitions=[partition] * 3)]
    return dict(throttle_time_ms=0, brokers=[], cluster_id=None, controller_id=-1, topics=topics,
                authorized_operations=OPERATIONS_UNSET)


def create_topics_request(version, variant):
    if variant == "full":
        return dict(
            timeout_ms=30001, validate_only=True,
            topics=[dict(name="orders", num_partitions=12, replication_factor=3,
                         assignments=[dict(partition_index=1, broker_ids=[2, 3, 4])],
                         configs=[dict(name="cleanup.policy", value="compact"), dict(name="retention.ms", value=None)])])
    topic = dict(name="", num_partitions=-1, replication_factor=-1, assignments=[], configs=[])
    if variant == "small":
        topic["assignments"] = [dict(partition_index=0, broker_ids=[])] * 3
        topic["configs"] = [dict(name="", value=None)] * 3
    return dict(topics=[topic] * 3 if variant == "small" else [], timeout_ms=60000, validate_only=False)


def create_topics_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1003,
            topics=[dict(name="orders", topic_id=ID, error_code=36, error_message="already there",
                         topic_config_error_code=29, num_partitions=12, replication_factor=3,
                         configs=[dict(name="segment.bytes", value="1073741824", read_only=True, config_source=5,
                                       is_sensitive=True)])])
    topics = []
    if variant == "small":
        config = dict(name="", value=None, read_only=False, config_source=-1, is_sensitive=False)
        topic = dict(name="", topic_id=ZERO, error_code=0, error_message=None, topic_config_error_code=0,
                     num_partitions=-1, replication_factor=-1, configs=None)
        topics = [topic, topic, dict(topic, configs=[config] * 3)]
    return dict(throttle_time_ms=0, topics=topics)


def delete_topics_request(version, variant):
    if variant == "full":
        return dict(topics=[dict(name="orders", topic_id=ZERO), dict(name=None, topic_id=ID)],
                    topic_names=["orders", LONG], timeout_ms=30002)
    small = variant == "small"
    return dict(topics=[dict(name=None, topic_id=ZERO)] * 3 if small else [],
                topic_names=[""] * 3 if small else [], timeout_ms=0)


def delete_topics_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1004, responses=[
            dict(name="orders", topic_id=ID, error_code=3, error_message="no such topic"),
            dict(name=LONG, topic_id=ZERO, error_code=0, error_message=None)])
    small = dict(name=None if version >= 6 else "", topic_id=ZERO, error_code=0, error_message=None)
    return dict(throttle_time_ms=0, responses=[small] * 3 if variant == "small" else [])


def delete_records_request(version, variant):
    if variant == "full":
        return dict(timeout_ms=30004, topics=[
            dict(name="orders", partitions=[dict(partition_index=3, offset=1 << 40), dict(partition_index=4, offset=-1)]),
            dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, offset=0)
    return dict(topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [], timeout_ms=0)


def delete_records_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1010, topics=[
            dict(name="orders", partitions=[
                dict(partition_index=3, low_watermark=1 << 41, error_code=0),
                dict(partition_index=4, low_watermark=-1, error_code=1)]),
            dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, low_watermark=0, error_code=0)
    return dict(throttle_time_ms=0,
                topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def produce_request(version, variant):
    if variant == "full":
        return dict(
            transactional_id="txn-1", acks=-1, timeout_ms=30003,
            topic_data=[
                dict(name="orders", partition_data=[dict(index=3, records=BATCH), dict(index=4, records=b"")]),
                dict(name=LONG, partition_data=[dict(index=5, records=None)])])
    partition = dict(index=0, records=None)
    topic = dict(name="", partition_data=[partition] * 3)
    return dict(transactional_id=None, acks=1, timeout_ms=0, topic_data=[topic] * 3 if variant == "small" else [])


def produce_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1005, responses=[
            dict(name="orders", partition_responses=[
                dict(index=3, error_code=0, base_offset=1 << 40, log_append_time_ms=1700000000001,
                     log_start_offset=12, record_errors=[], error_message=None),
                dict(index=4, error_code=87, base_offset=-1, log_append_time_ms=-1, log_start_offset=-1,
                     record_errors=[dict(batch_index=2, batch_index_error_message="bad key"),
                                    dict(batch_index=6, batch_index_error_message=None)],
                     error_message="one record is invalid")]),
            dict(name=LONG, partition_responses=[])])
    partition = dict(index=0, error_code=0, base_offset=-1, log_append_time_ms=-1, log_start_offset=-1,
                     record_errors=[dict(batch_index=0, batch_index_error_message=None)] * 3, error_message=None)
    topic = dict(name="", partition_responses=[partition] * 3)
    return dict(responses=[topic] * 3 if variant == "small" else [], throttle_time_ms=0)


def fetch_request(version, variant):
    if variant == "full":
        return dict(
            cluster_id="cluster-α", replica_id=-1, max_wait_ms=500, min_bytes=1, max_bytes=52428800,
            isolation_level=1, session_id=88, session_epoch=9, rack_id="rack-b",
            topics=[
                dict(topic="orders", partitions=[
                    dict(partition=2, current_leader_epoch=6, fetch_offset=1 << 41, last_fetched_epoch=5,
                         log_start_offset=31, partition_max_bytes=1048576),
                    dict(partition=3, current_leader_epoch=-1, fetch_offset=0, last_fetched_epoch=-1,
                         log_start_offset=-1, partition_max_bytes=4096)]),
                dict(topic=LONG, partitions=[])],
            forgotten_topics_data=[dict(topic="gone", partitions=[1, 2, 3])])
    partition = dict(partition=0, current_leader_epoch=-1, fetch_offset=0, last_fetched_epoch=-1,
                     log_start_offset=-1, partition_max_bytes=0)
    small = variant == "small"
    return dict(
        cluster_id=None, replica_id=-1, max_wait_ms=0, min_bytes=0, max_bytes=0x7fffffff, isolation_level=0,
        session_id=0, session_epoch=-1, rack_id="",
        topics=[dict(topic="", partitions=[partition] * 3)] * 3 if small else [],
        forgotten_topics_data=[dict(topic="", partitions=[])] * 3 if small else [])


def fetch_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1006, error_code=70, session_id=89,
            responses=[
                dict(topic="orders", partitions=[
                    dict(partition_index=2, error_code=1, high_watermark=1 << 42, last_stable_offset=1 << 43,
                         log_start_offset=32, diverging_epoch=dict(epoch=4, end_offset=41),
                         current_leader=dict(leader_id=1, leader_epoch=7), snapshot_id=dict(end_offset=42, epoch=8),
                         aborted_transactions=[dict(producer_id=4001, first_offset=43),
                                               dict(producer_id=4002, first_offset=44)],
                         preferred_read_replica=2, records=BATCH),
                    dict(partition_index=3, error_code=0, high_watermark=0, last_stable_offset=-1,
                         log_start_offset=-1, aborted_transactions=None, preferred_read_replica=-1, records=b"")]),
                dict(topic=LONG, partitions=[])])
    partition = dict(partition_index=0, error_code=0, high_watermark=0, last_stable_offset=-1,
                     log_start_offset=-1, aborted_transactions=[], preferred_read_replica=-1, records=None)
    return dict(throttle_time_ms=0, error_code=0, session_id=0,
                responses=[dict(topic="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def list_offsets_request(version, variant):
    if variant == "full":
        return dict(replica_id=-1, isolation_level=1, topics=[
            dict(name="orders", partitions=[
                dict(partition_index=2, current_leader_epoch=6, timestamp=1700000000002),
                dict(partition_index=3, current_leader_epoch=-1, timestamp=-3)]),
            dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, current_leader_epoch=-1, timestamp=-1)
    return dict(replica_id=-1, isolation_level=0,
                topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def list_offsets_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1007, topics=[
            dict(name="orders", partitions=[
                dict(partition_index=2, error_code=6, timestamp=1700000000003, offset=1 << 44, leader_epoch=8)]),
            dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, error_code=0, timestamp=-1, offset=-1, leader_epoch=-1)
    return dict(throttle_time_ms=0,
                topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def init_producer_id_request(version, variant):
    return {"full": dict(transactional_id="txn-2", transaction_timeout_ms=60001, producer_id=1 << 45, producer_epoch=21),
            "empty": dict(transactional_id=None, transaction_timeout_ms=0, producer_id=-1, producer_epoch=-1)}.get(variant)


def init_producer_id_response(version, variant):
    return {"full": dict(throttle_time_ms=1008, error_code=51, producer_id=1 << 46, producer_epoch=22),
            "empty": dict(throttle_time_ms=0, error_code=0, producer_id=-1, producer_epoch=-1)}.get(variant)


def describe_configs_request(version, variant):
    if variant == "full":
        return dict(include_synonyms=True, include_documentation=True, resources=[
            dict(resource_type=2, resource_name="orders", configuration_keys=["cleanup.policy", LONG]),
            dict(resource_type=4, resource_name="1", configuration_keys=None)])
    resource = dict(resource_type=2, resource_name="", configuration_keys=[])
    return dict(include_synonyms=False, include_documentation=False,
                resources=[resource] * 3 if variant == "small" else [])


def describe_configs_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1009, results=[
            dict(error_code=0, error_message=None, resource_type=2, resource_name="orders", configs=[
                dict(name="retention.ms", value="604800000", read_only=True, config_source=5, is_sensitive=True,
                     synonyms=[dict(name="log.retention.ms", value="1", source=4),
                               dict(name="log.retention.hours", value=None, source=5)],
                     config_type=5, documentation="how long"),
                dict(name="secret", value=None, read_only=False, config_source=1, is_sensitive=False, synonyms=[],
                     config_type=9, documentation=None)]),
            dict(error_code=29, error_message="not allowed", resource_type=4, resource_name="1", configs=[])])
    config = dict(name="", value=None, read_only=False, config_source=0, is_sensitive=False,
                  synonyms=[dict(name="", value=None, source=0)] * 3, config_type=0, documentation=None)
    result = dict(error_code=0, error_message=None, resource_type=2, resource_name="", configs=[config] * 3)
    return dict(throttle_time_ms=0, results=[result] * 3 if variant == "small" else [])


def maker(api, direction):
    snake = "".join("_" + c.lower() if c.isupper() else c for c in api).lstrip("_")
    return globals()[f"{snake}_{direction}"]


def build(container, values, version):
    """The nested dicts of `values` as kafka-python's own containers."""
    built = {}
    for name, value in values.items():
        field = container._struct.fields[name]
        if not field.for_version_q(version):
            continue
        if field.is_struct_array():
            value = None if value is None else [build(field.data_class, each, version) for each in value]
        elif field.is_struct():
            value = build(field.data_class, value, version)
        built[name] = value
    return container(version=version, **built)


def frame(api, version, direction, variant):
    values = maker(api, direction)(version, variant)
    if values is None:
        return None
    message = build(globals()[api + direction.capitalize()], values, version)
    if direction == "request":
        message.with_header(correlation_id=7331, client_id=None if variant == "empty" else "golden")
    else:
        message.with_header(correlation_id=7332)
    return message.encode(header=True, framed=True)


def lines():
    """Every frame there is to be, by API."""
    for api, (first, last) in sorted(VERSIONS.items()):
        made = []
        for version in range(first, last + 1):
            for direction in ("request", "response"):
                for variant in ("full", "empty", "small"):
                    data = frame(api, version, direction, variant)
                    if data is not None:
                        made.append(f"{api} {version} {direction} {variant} {bytes(data).hex()}")
        yield api, made


def check():
    """Whether frames.txt is what kafka-python writes: `ok API` or `FAIL API: why`, a line each."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "frames.txt")) as file:
        stored = file.read().splitlines()
    wrong = 0
    for api, made in lines():
        kept = [line for line in stored if line.split(" ", 1)[0] == api]
        if kept == made:
            print(f"ok {api}: {len(made)} frames are kafka-python's")
        else:
            wrong += 1
            print(f"FAIL {api}: {len(set(kept) ^ set(made))} frames differ from kafka-python's; generate.py writes them anew")
    for api in sorted({line.split(" ", 1)[0] for line in stored} - set(VERSIONS)):
        wrong += 1
        print(f"FAIL {api}: it stands in frames.txt and not in generate.py")
    return wrong


def main():
    if kafka.__version__ != EXPECTED_RELEASE:
        sys.exit(f"generate.py: found kafka-python {kafka.__version__}, the fixtures come from {EXPECTED_RELEASE}")
    if sys.argv[1:] == ["--check"]:
        sys.exit(1 if check() else 0)
    for _, made in lines():
        print("\n".join(made))


if __name__ == "__main__":
    main()
