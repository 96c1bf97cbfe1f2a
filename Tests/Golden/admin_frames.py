"""What the golden frames of the admin APIs say that came behind topics and settings; see generate.py."""
from values import LONG, OPERATIONS_UNSET, bits


def offset_for_leader_epoch_request(version, variant):
    if variant == "full":
        return dict(replica_id=-1, topics=[
            dict(topic="orders", partitions=[
                dict(partition=2, current_leader_epoch=6, leader_epoch=5),
                dict(partition=3, current_leader_epoch=-1, leader_epoch=0)]),
            dict(topic=LONG, partitions=[])])
    partition = dict(partition=0, current_leader_epoch=-1, leader_epoch=0)
    return dict(replica_id=-2, topics=[dict(topic="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def offset_for_leader_epoch_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1011, topics=[
            dict(topic="orders", partitions=[
                dict(error_code=0, partition=2, leader_epoch=5, end_offset=1 << 47),
                dict(error_code=74, partition=3, leader_epoch=-1, end_offset=-1)]),
            dict(topic=LONG, partitions=[])])
    partition = dict(error_code=0, partition=0, leader_epoch=-1, end_offset=-1)
    return dict(throttle_time_ms=0,
                topics=[dict(topic="", partitions=[partition] * 3)] * 3 if variant == "small" else [])


def alter_configs_request(version, variant):
    if variant == "full":
        return dict(validate_only=True, resources=[
            dict(resource_type=2, resource_name="orders", configs=[
                dict(name="cleanup.policy", value="compact"), dict(name=LONG, value=None)]),
            dict(resource_type=4, resource_name="1", configs=[])])
    resource = dict(resource_type=2, resource_name="", configs=[dict(name="", value=None)] * 3)
    return dict(resources=[resource] * 3 if variant == "small" else [], validate_only=False)


def alter_configs_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1012, responses=[
            dict(error_code=40, error_message="no such key", resource_type=2, resource_name="orders"),
            dict(error_code=0, error_message=None, resource_type=4, resource_name=LONG)])
    response = dict(error_code=0, error_message=None, resource_type=2, resource_name="")
    return dict(throttle_time_ms=0, responses=[response] * 3 if variant == "small" else [])


def incremental_alter_configs_request(version, variant):
    if variant == "full":
        return dict(validate_only=True, resources=[
            dict(resource_type=2, resource_name="orders", configs=[
                dict(name="cleanup.policy", config_operation=2, value="compact"),
                dict(name=LONG, config_operation=1, value=None)]),
            dict(resource_type=4, resource_name="1", configs=[])])
    config = dict(name="", config_operation=0, value=None)
    resource = dict(resource_type=2, resource_name="", configs=[config] * 3)
    return dict(resources=[resource] * 3 if variant == "small" else [], validate_only=False)


def incremental_alter_configs_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1013, responses=[
            dict(error_code=42, error_message="read-only", resource_type=4, resource_name="1"),
            dict(error_code=0, error_message=None, resource_type=2, resource_name=LONG)])
    response = dict(error_code=0, error_message=None, resource_type=2, resource_name="")
    return dict(throttle_time_ms=0, responses=[response] * 3 if variant == "small" else [])


def describe_log_dirs_request(version, variant):
    if variant == "full":
        return dict(topics=[dict(topic="orders", partitions=[1, 2, 3]), dict(topic=LONG, partitions=[])])
    return dict(topics=[dict(topic="", partitions=[])] * 3 if variant == "small" else None)


def describe_log_dirs_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1014, error_code=31, results=[
            dict(error_code=0, log_dir="/data/1", total_bytes=1 << 48, usable_bytes=1 << 47, topics=[
                dict(name="orders", partitions=[
                    dict(partition_index=2, partition_size=1 << 40, offset_lag=7, is_future_key=True),
                    dict(partition_index=3, partition_size=0, offset_lag=0, is_future_key=False)]),
                dict(name=LONG, partitions=[])]),
            dict(error_code=56, log_dir="/data/2", total_bytes=-1, usable_bytes=-1, topics=[])])
    partition = dict(partition_index=0, partition_size=0, offset_lag=0, is_future_key=False)
    directory = dict(error_code=0, log_dir="", total_bytes=-1, usable_bytes=-1,
                     topics=[dict(name="", partitions=[partition] * 3)] * 3)
    return dict(throttle_time_ms=0, error_code=0, results=[directory] * 3 if variant == "small" else [])


def create_partitions_request(version, variant):
    if variant == "full":
        return dict(timeout_ms=30005, validate_only=True, topics=[
            dict(name="orders", count=12, assignments=[dict(broker_ids=[2, 3, 4]), dict(broker_ids=[])]),
            dict(name=LONG, count=3, assignments=None)])
    topic = dict(name="", count=0, assignments=[dict(broker_ids=[])] * 3)
    return dict(topics=[topic] * 3 if variant == "small" else [], timeout_ms=0, validate_only=False)


def create_partitions_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1015, results=[
            dict(name="orders", error_code=37, error_message="not more"), dict(name=LONG, error_code=0, error_message=None)])
    result = dict(name="", error_code=0, error_message=None)
    return dict(throttle_time_ms=0, results=[result] * 3 if variant == "small" else [])


def describe_cluster_request(version, variant):
    return {"full": dict(include_cluster_authorized_operations=True, endpoint_type=2),
            "empty": dict(include_cluster_authorized_operations=False, endpoint_type=1)}.get(variant)


def describe_cluster_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1016, error_code=115, error_message="no controllers", endpoint_type=2, cluster_id="cluster-α",
            controller_id=3, authorized_operations=bits(4095),
            brokers=[dict(broker_id=1, host="127.0.0.1", port=9092, rack="rack-a"),
                     dict(broker_id=2, host="::1", port=65535, rack=None)])
    broker = dict(broker_id=0, host="", port=0, rack=None)
    return dict(throttle_time_ms=0, error_code=0, error_message=None, endpoint_type=1, cluster_id="", controller_id=-1,
                brokers=[broker] * 3 if variant == "small" else [], authorized_operations=OPERATIONS_UNSET)
