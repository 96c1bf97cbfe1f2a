"""The golden frames' values for the transaction APIs; generate.py takes them up by name."""
from kafka.protocol.admin import (
    DescribeProducersRequest, DescribeProducersResponse, DescribeTransactionsRequest, DescribeTransactionsResponse,
    ListTransactionsRequest, ListTransactionsResponse)
from kafka.protocol.producer import (
    AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse,
    EndTxnRequest, EndTxnResponse, TxnOffsetCommitRequest, TxnOffsetCommitResponse,
    WriteTxnMarkersRequest, WriteTxnMarkersResponse)

LONG = "n" * 200  # a compact length of two bytes

VERSIONS = {
    "AddPartitionsToTxn": (0, 3), "AddOffsetsToTxn": (0, 3), "EndTxn": (0, 3), "WriteTxnMarkers": (1, 1),
    "TxnOffsetCommit": (0, 3), "DescribeProducers": (0, 0), "DescribeTransactions": (0, 0), "ListTransactions": (0, 0),
}


def add_partitions_to_txn_request(version, variant):
    if variant == "full":
        return dict(
            v3_and_below_transactional_id="txn-3", v3_and_below_producer_id=1 << 47, v3_and_below_producer_epoch=23,
            v3_and_below_topics=[dict(name="orders", partitions=[1, 2, 3]), dict(name=LONG, partitions=[])])
    return dict(
        v3_and_below_transactional_id="", v3_and_below_producer_id=-1, v3_and_below_producer_epoch=-1,
        v3_and_below_topics=[dict(name="", partitions=[])] * 3 if variant == "small" else [])


def add_partitions_to_txn_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1011, results_by_topic_v3_and_below=[
            dict(name="orders", results_by_partition=[
                dict(partition_index=1, partition_error_code=3), dict(partition_index=2, partition_error_code=55)]),
            dict(name=LONG, results_by_partition=[])])
    topic = dict(name="", results_by_partition=[dict(partition_index=0, partition_error_code=0)] * 3)
    return dict(throttle_time_ms=0, results_by_topic_v3_and_below=[topic] * 3 if variant == "small" else [])


def add_offsets_to_txn_request(version, variant):
    return {"full": dict(transactional_id="txn-4", producer_id=1 << 48, producer_epoch=24, group_id="group-1"),
            "empty": dict(transactional_id="", producer_id=-1, producer_epoch=-1, group_id="")}.get(variant)


def add_offsets_to_txn_response(version, variant):
    return {"full": dict(throttle_time_ms=1012, error_code=90),
            "empty": dict(throttle_time_ms=0, error_code=0)}.get(variant)


def end_txn_request(version, variant):
    return {"full": dict(transactional_id="txn-5", producer_id=1 << 49, producer_epoch=25, committed=True),
            "empty": dict(transactional_id="", producer_id=-1, producer_epoch=-1, committed=False)}.get(variant)


def end_txn_response(version, variant):
    return {"full": dict(throttle_time_ms=1013, error_code=48),
            "empty": dict(throttle_time_ms=0, error_code=0)}.get(variant)


def write_txn_markers_request(version, variant):
    if variant == "full":
        return dict(markers=[
            dict(producer_id=1 << 50, producer_epoch=26, transaction_result=True, coordinator_epoch=9,
                 topics=[dict(name="orders", partition_indexes=[4, 5]), dict(name=LONG, partition_indexes=[])])])
    marker = dict(producer_id=0, producer_epoch=0, transaction_result=False, coordinator_epoch=0, topics=[])
    return dict(markers=[marker] * 3 if variant == "small" else [])


def write_txn_markers_response(version, variant):
    if variant == "full":
        return dict(markers=[
            dict(producer_id=1 << 50, topics=[
                dict(name="orders", partitions=[
                    dict(partition_index=4, error_code=52), dict(partition_index=5, error_code=0)]),
                dict(name=LONG, partitions=[])])])
    return dict(markers=[dict(producer_id=0, topics=[])] * 3 if variant == "small" else [])


def txn_offset_commit_request(version, variant):
    if variant == "full":
        return dict(
            transactional_id="txn-6", group_id="group-2", producer_id=1 << 51, producer_epoch=27, generation_id=14,
            member_id="member-1", group_instance_id="instance-1", topics=[
                dict(name="orders", partitions=[
                    dict(partition_index=6, committed_offset=1 << 52, committed_leader_epoch=15, committed_metadata="so far"),
                    dict(partition_index=7, committed_offset=0, committed_leader_epoch=-1, committed_metadata=None)]),
                dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, committed_offset=0, committed_leader_epoch=-1, committed_metadata=None)
    return dict(
        transactional_id="", group_id="", producer_id=-1, producer_epoch=-1, generation_id=-1, member_id="",
        group_instance_id=None, topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def txn_offset_commit_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1014, topics=[
            dict(name="orders", partitions=[
                dict(partition_index=6, error_code=22), dict(partition_index=7, error_code=82)]),
            dict(name=LONG, partitions=[])])
    topic = dict(name="", partitions=[dict(partition_index=0, error_code=0)] * 3)
    return dict(throttle_time_ms=0, topics=[topic] * 3 if variant == "small" else [])


def describe_producers_request(version, variant):
    if variant == "full":
        return dict(topics=[dict(name="orders", partition_indexes=[8, 9]), dict(name=LONG, partition_indexes=[])])
    return dict(topics=[dict(name="", partition_indexes=[])] * 3 if variant == "small" else [])


def describe_producers_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1015, topics=[
            dict(name="orders", partitions=[
                dict(partition_index=8, error_code=0, error_message=None, active_producers=[
                    dict(producer_id=1 << 53, producer_epoch=28, last_sequence=29, last_timestamp=1700000000005,
                         coordinator_epoch=30, current_txn_start_offset=1 << 54)]),
                dict(partition_index=9, error_code=6, error_message="elsewhere", active_producers=[])]),
            dict(name=LONG, partitions=[])])
    producer = dict(producer_id=0, producer_epoch=0, last_sequence=-1, last_timestamp=-1, coordinator_epoch=0,
                    current_txn_start_offset=-1)
    partition = dict(partition_index=0, error_code=0, error_message=None, active_producers=[producer] * 3)
    return dict(throttle_time_ms=0,
                topics=[dict(name="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def describe_transactions_request(version, variant):
    return dict(transactional_ids={"full": ["txn-7", LONG], "empty": [], "small": [""] * 3}[variant])


def describe_transactions_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1016, transaction_states=[
            dict(error_code=0, transactional_id="txn-7", transaction_state="PrepareCommit", transaction_timeout_ms=60002,
                 transaction_start_time_ms=1700000000006, producer_id=1 << 55, producer_epoch=31,
                 topics=[dict(topic="orders", partitions=[10, 11])]),
            dict(error_code=105, transactional_id=LONG, transaction_state="", transaction_timeout_ms=0,
                 transaction_start_time_ms=0, producer_id=0, producer_epoch=0, topics=[])])
    state = dict(error_code=0, transactional_id="", transaction_state="", transaction_timeout_ms=0,
                 transaction_start_time_ms=0, producer_id=0, producer_epoch=0, topics=[])
    return dict(throttle_time_ms=0, transaction_states=[state] * 3 if variant == "small" else [])


def list_transactions_request(version, variant):
    return {"full": dict(state_filters=["Ongoing", "Dead"], producer_id_filters=[1 << 56, 7]),
            "empty": dict(state_filters=[], producer_id_filters=[]),
            "small": dict(state_filters=[""] * 3, producer_id_filters=[0] * 3)}[variant]


def list_transactions_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1017, error_code=14, unknown_state_filters=["Sleeping"], transaction_states=[
            dict(transactional_id="txn-8", producer_id=1 << 57, transaction_state="Ongoing"),
            dict(transactional_id=LONG, producer_id=3, transaction_state="Empty")])
    state = dict(transactional_id="", producer_id=0, transaction_state="")
    small = variant == "small"
    return dict(throttle_time_ms=0, error_code=0, unknown_state_filters=[""] * 3 if small else [],
                transaction_states=[state] * 3 if small else [])
