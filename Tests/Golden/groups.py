"""What the golden frames of the consumer group APIs say; generate.py writes them."""
from kafka.protocol.admin import (
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, ListGroupsRequest,
    ListGroupsResponse)
from kafka.protocol.consumer import (
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, OffsetFetchRequest,
    OffsetFetchResponse, SyncGroupRequest, SyncGroupResponse)
from kafka.protocol.metadata import FindCoordinatorRequest, FindCoordinatorResponse

LONG = "n" * 200
BLOB = bytes(range(256)) * 2

GROUP_VERSIONS = {
    "OffsetCommit": (2, 9), "OffsetFetch": (1, 9), "FindCoordinator": (0, 4), "JoinGroup": (0, 9), "Heartbeat": (0, 4),
    "LeaveGroup": (0, 5), "SyncGroup": (0, 5), "DescribeGroups": (0, 5), "ListGroups": (0, 4), "DeleteGroups": (0, 2),
    "OffsetDelete": (0, 0),
}


def three(variant, element):
    return [element] * 3 if variant == "small" else []


def find_coordinator_request(version, variant):
    if variant == "full":
        return dict(key="group-α", key_type=1, coordinator_keys=["group-α", LONG])
    return dict(key="", key_type=0, coordinator_keys=[""] * 3 if variant == "small" else [])


def find_coordinator_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1011, error_code=15, error_message="not yet", node_id=7, host="broker.example", port=9093,
            coordinators=[
                dict(key="group-α", node_id=7, host="broker.example", port=9093, error_code=0, error_message=None),
                dict(key=LONG, node_id=-1, host="", port=-1, error_code=15, error_message="not yet")])
    small = dict(key="", node_id=0, host="", port=0, error_code=0, error_message=None)
    return dict(throttle_time_ms=0, error_code=0, error_message=None, node_id=0, host="", port=0,
                coordinators=three(variant, small))


def join_group_request(version, variant):
    if variant == "full":
        return dict(
            group_id="readers", session_timeout_ms=10001, rebalance_timeout_ms=300001, member_id="member-1",
            group_instance_id="static-1", protocol_type="consumer", reason="it begins",
            protocols=[dict(name="range", metadata=BLOB), dict(name=LONG, metadata=b"")])
    return dict(group_id="", session_timeout_ms=0, rebalance_timeout_ms=-1, member_id="", group_instance_id=None,
                protocol_type="", reason=None, protocols=three(variant, dict(name="", metadata=b"")))


def join_group_response(version, variant):
    if variant == "full":
        return dict(
            throttle_time_ms=1012, error_code=27, generation_id=41, protocol_type="consumer", protocol_name="range",
            leader="member-1", skip_assignment=True, member_id="member-2",
            members=[dict(member_id="member-1", group_instance_id="static-1", metadata=BLOB),
                     dict(member_id=LONG, group_instance_id=None, metadata=b"")])
    return dict(throttle_time_ms=0, error_code=0, generation_id=-1, protocol_type=None,
                protocol_name=None if version >= 7 else "", leader="", skip_assignment=False, member_id="",
                members=three(variant, dict(member_id="", group_instance_id=None, metadata=b"")))


def sync_group_request(version, variant):
    if variant == "full":
        return dict(
            group_id="readers", generation_id=42, member_id="member-1", group_instance_id="static-1",
            protocol_type="consumer", protocol_name="range",
            assignments=[dict(member_id="member-1", assignment=BLOB), dict(member_id=LONG, assignment=b"")])
    return dict(group_id="", generation_id=0, member_id="", group_instance_id=None, protocol_type=None,
                protocol_name=None, assignments=three(variant, dict(member_id="", assignment=b"")))


def sync_group_response(version, variant):
    return {"full": dict(throttle_time_ms=1013, error_code=22, protocol_type="consumer", protocol_name="range", assignment=BLOB),
            "empty": dict(throttle_time_ms=0, error_code=0, protocol_type=None, protocol_name=None, assignment=b"")}.get(variant)


def heartbeat_request(version, variant):
    return {"full": dict(group_id="readers", generation_id=43, member_id="member-1", group_instance_id="static-1"),
            "empty": dict(group_id="", generation_id=0, member_id="", group_instance_id=None)}.get(variant)


def heartbeat_response(version, variant):
    return {"full": dict(throttle_time_ms=1014, error_code=25),
            "empty": dict(throttle_time_ms=0, error_code=0)}.get(variant)


def leave_group_request(version, variant):
    if variant == "full":
        return dict(group_id="readers", member_id="member-1", members=[
            dict(member_id="member-1", group_instance_id=None, reason="it ends"),
            dict(member_id="", group_instance_id="static-1", reason=None)])
    return dict(group_id="", member_id="", members=three(variant, dict(member_id="", group_instance_id=None, reason=None)))


def leave_group_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1015, error_code=24, members=[
            dict(member_id="member-1", group_instance_id=None, error_code=25),
            dict(member_id="", group_instance_id="static-1", error_code=82)])
    return dict(throttle_time_ms=0, error_code=0,
                members=three(variant, dict(member_id="", group_instance_id=None, error_code=0)))


def offset_commit_request(version, variant):
    if variant == "full":
        return dict(
            group_id="readers", generation_id_or_member_epoch=44, member_id="member-1", group_instance_id="static-1",
            retention_time_ms=86400001, topics=[
                dict(name="orders", partitions=[
                    dict(partition_index=2, committed_offset=1 << 42, committed_leader_epoch=6, committed_metadata="here"),
                    dict(partition_index=3, committed_offset=0, committed_leader_epoch=-1, committed_metadata=None)]),
                dict(name=LONG, partitions=[])])
    partition = dict(partition_index=0, committed_offset=0, committed_leader_epoch=-1, committed_metadata=None)
    return dict(group_id="", generation_id_or_member_epoch=-1, member_id="", group_instance_id=None,
                retention_time_ms=-1, topics=three(variant, dict(name="", partitions=[partition] * 3)))


def offset_commit_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1016, topics=[
            dict(name="orders", partitions=[dict(partition_index=2, error_code=12), dict(partition_index=3, error_code=0)]),
            dict(name=LONG, partitions=[])])
    return dict(throttle_time_ms=0,
                topics=three(variant, dict(name="", partitions=[dict(partition_index=0, error_code=0)] * 3)))


def offset_fetch_request(version, variant):
    topics = [dict(name="orders", partition_indexes=[1, 2, 3]), dict(name=LONG, partition_indexes=[])]
    if variant == "full":
        return dict(group_id="readers", topics=topics, require_stable=True, groups=[
            dict(group_id="readers", member_id="member-1", member_epoch=5, topics=topics),
            dict(group_id=LONG, member_id=None, member_epoch=-1, topics=None)])
    none = None if version >= 2 else []
    small = [dict(name="", partition_indexes=[])] * 3 if variant == "small" else none
    groups = [dict(group_id="", member_id=None, member_epoch=-1, topics=[])] * 3
    return dict(group_id="", topics=small, require_stable=False, groups=groups if variant == "small" else [])


def offset_fetch_response(version, variant):
    if variant == "full":
        topics = [
            dict(name="orders", partitions=[
                dict(partition_index=2, committed_offset=1 << 43, committed_leader_epoch=7, metadata="here", error_code=0),
                dict(partition_index=3, committed_offset=-1, committed_leader_epoch=-1, metadata=None, error_code=88)]),
            dict(name=LONG, partitions=[])]
        return dict(throttle_time_ms=1017, error_code=14, topics=topics, groups=[
            dict(group_id="readers", topics=topics, error_code=14), dict(group_id=LONG, topics=[], error_code=0)])
    partition = dict(partition_index=0, committed_offset=-1, committed_leader_epoch=-1, metadata="", error_code=0)
    topics = three(variant, dict(name="", partitions=[partition] * 3))
    return dict(throttle_time_ms=0, error_code=0, topics=topics,
                groups=three(variant, dict(group_id="", topics=[], error_code=0)))


def describe_groups_request(version, variant):
    if variant == "full":
        return dict(groups=["readers", LONG], include_authorized_operations=True)
    return dict(groups=[""] * 3 if variant == "small" else [], include_authorized_operations=False)


def describe_groups_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1018, groups=[
            dict(error_code=0, group_id="readers", group_state="Stable", protocol_type="consumer", protocol_data="range",
                 authorized_operations={3, 6, 8}, members=[
                     dict(member_id="member-1", group_instance_id="static-1", client_id="client", client_host="/127.0.0.1",
                          member_metadata=BLOB, member_assignment=b"\1\2\3"),
                     dict(member_id=LONG, group_instance_id=None, client_id="", client_host="", member_metadata=b"",
                          member_assignment=b"")]),
            dict(error_code=30, group_id=LONG, group_state="", protocol_type="", protocol_data="",
                 authorized_operations={31}, members=[])])
    member = dict(member_id="", group_instance_id=None, client_id="", client_host="", member_metadata=b"", member_assignment=b"")
    return dict(throttle_time_ms=0, groups=three(variant, dict(
        error_code=0, group_id="", group_state="", protocol_type="", protocol_data="", authorized_operations={31},
        members=[member] * 3)))


def list_groups_request(version, variant):
    if variant == "full":
        return dict(states_filter=["Stable", LONG])
    return dict(states_filter=[""] * 3 if variant == "small" else [])


def list_groups_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1019, error_code=14, groups=[
            dict(group_id="readers", protocol_type="consumer", group_state="Stable"),
            dict(group_id=LONG, protocol_type="", group_state="Empty")])
    return dict(throttle_time_ms=0, error_code=0,
                groups=three(variant, dict(group_id="", protocol_type="", group_state="")))


def delete_groups_request(version, variant):
    return dict(groups_names=["readers", LONG] if variant == "full" else [""] * 3 if variant == "small" else [])


def delete_groups_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1020, results=[
            dict(group_id="readers", error_code=68), dict(group_id=LONG, error_code=0)])
    return dict(throttle_time_ms=0, results=three(variant, dict(group_id="", error_code=0)))


def offset_delete_request(version, variant):
    if variant == "full":
        return dict(group_id="readers", topics=[
            dict(name="orders", partitions=[dict(partition_index=2), dict(partition_index=3)]), dict(name=LONG, partitions=[])])
    return dict(group_id="", topics=three(variant, dict(name="", partitions=[dict(partition_index=0)] * 3)))


def offset_delete_response(version, variant):
    if variant == "full":
        return dict(error_code=69, throttle_time_ms=1021, topics=[
            dict(name="orders", partitions=[dict(partition_index=2, error_code=86), dict(partition_index=3, error_code=0)]),
            dict(name=LONG, partitions=[])])
    return dict(error_code=0, throttle_time_ms=0,
                topics=three(variant, dict(name="", partitions=[dict(partition_index=0, error_code=0)] * 3)))
