"""The values of the messages of authentication and access rules for generate.py."""
from kafka.protocol.admin import (  # noqa: F401
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, CreateAclsRequest, CreateAclsResponse,
    DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse,
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse)
from kafka.protocol.sasl import (  # noqa: F401
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse)

LONG = "n" * 200  # as in generate.py
BATCH = bytes(range(256)) * 2


def sasl_handshake_request(version, variant):
    return {"full": dict(mechanism="SCRAM-SHA-512"), "empty": dict(mechanism="")}.get(variant)


def sasl_handshake_response(version, variant):
    return {"full": dict(error_code=33, mechanisms=["PLAIN", LONG]), "empty": dict(error_code=0, mechanisms=[]),
            "small": dict(error_code=0, mechanisms=[""] * 3)}[variant]


def sasl_authenticate_request(version, variant):
    return {"full": dict(auth_bytes=BATCH), "empty": dict(auth_bytes=b"")}.get(variant)


def sasl_authenticate_response(version, variant):
    return {"full": dict(error_code=58, error_message="no", auth_bytes=BATCH, session_lifetime_ms=1 << 40),
            "empty": dict(error_code=0, error_message=None, auth_bytes=b"", session_lifetime_ms=0)}.get(variant)


FULL_BINDING = dict(resource_type=2, resource_name="orders", principal="User:α", host="*", operation=3, permission_type=2)
EMPTY_BINDING = dict(resource_type=0, resource_name="", principal="", host="", operation=0, permission_type=0)


def acl_filter(variant):
    if variant == "full":
        return dict(resource_type_filter=5, resource_name_filter="txn", pattern_type_filter=4, principal_filter="User:β",
                    host_filter="::1", operation=4, permission_type=3)
    return dict(resource_type_filter=0, resource_name_filter=None, pattern_type_filter=3, principal_filter=None,
                host_filter=None, operation=0, permission_type=0)


def describe_acls_request(version, variant):
    return None if variant == "small" else acl_filter(variant)


def describe_acls_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1101, error_code=31, error_message="not you", resources=[
            dict(resource_type=3, resource_name="readers", pattern_type=4, acls=[
                dict(principal="User:α", host="10.0.0.1", operation=8, permission_type=3),
                dict(principal="User:*", host="*", operation=2, permission_type=2)]),
            dict(resource_type=2, resource_name=LONG, pattern_type=3, acls=[])])
    rule = dict(principal="", host="", operation=0, permission_type=0)
    resource = dict(resource_type=0, resource_name="", pattern_type=3, acls=[rule] * 3)
    return dict(throttle_time_ms=0, error_code=0, error_message=None,
                resources=[resource] * 3 if variant == "small" else [])


def create_acls_request(version, variant):
    if variant == "full":
        return dict(creations=[dict(FULL_BINDING, resource_pattern_type=4),
                               dict(EMPTY_BINDING, resource_pattern_type=3, resource_name=LONG)])
    return dict(creations=[dict(EMPTY_BINDING, resource_pattern_type=3)] * 3 if variant == "small" else [])


def create_acls_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1102, results=[
            dict(error_code=42, error_message="no such operation"), dict(error_code=0, error_message=None)])
    return dict(throttle_time_ms=0, results=[dict(error_code=0, error_message=None)] * 3 if variant == "small" else [])


def delete_acls_request(version, variant):
    return {"full": dict(filters=[acl_filter("full"), acl_filter("empty")]), "empty": dict(filters=[]),
            "small": dict(filters=[acl_filter("small")] * 3)}[variant]


def delete_acls_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1103, filter_results=[
            dict(error_code=0, error_message=None, matching_acls=[
                dict(FULL_BINDING, error_code=0, error_message=None, pattern_type=4),
                dict(EMPTY_BINDING, error_code=56, error_message="disk", pattern_type=3)]),
            dict(error_code=31, error_message="not you", matching_acls=[])])
    match = dict(EMPTY_BINDING, error_code=0, error_message=None, pattern_type=3)
    result = dict(error_code=0, error_message=None, matching_acls=[match] * 3)
    return dict(throttle_time_ms=0, filter_results=[result] * 3 if variant == "small" else [])


def describe_user_scram_credentials_request(version, variant):
    return {"full": dict(users=[dict(name="alice"), dict(name=LONG)]), "empty": dict(users=None),
            "small": dict(users=[dict(name="")] * 3)}[variant]


def describe_user_scram_credentials_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1104, error_code=31, error_message="not you", results=[
            dict(user="alice", error_code=0, error_message=None, credential_infos=[
                dict(mechanism=1, iterations=4096), dict(mechanism=2, iterations=8192)]),
            dict(user=LONG, error_code=91, error_message="nobody", credential_infos=[])])
    result = dict(user="", error_code=0, error_message=None, credential_infos=[dict(mechanism=0, iterations=0)] * 3)
    return dict(throttle_time_ms=0, error_code=0, error_message=None,
                results=[result] * 3 if variant == "small" else [])


def alter_user_scram_credentials_request(version, variant):
    if variant == "full":
        return dict(deletions=[dict(name="bob", mechanism=2), dict(name=LONG, mechanism=1)], upsertions=[
            dict(name="alice", mechanism=1, iterations=4096, salt=BATCH[:16], salted_password=BATCH[16:48])])
    small = variant == "small"
    return dict(deletions=[dict(name="", mechanism=0)] * 3 if small else [],
                upsertions=[dict(name="", mechanism=0, iterations=0, salt=b"", salted_password=b"")] * 3 if small else [])


def alter_user_scram_credentials_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1105, results=[
            dict(user="alice", error_code=93, error_message="too few"), dict(user=LONG, error_code=0, error_message=None)])
    return dict(throttle_time_ms=0,
                results=[dict(user="", error_code=0, error_message=None)] * 3 if variant == "small" else [])
