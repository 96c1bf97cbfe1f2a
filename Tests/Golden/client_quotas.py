"""The values of DescribeClientQuotas and AlterClientQuotas for generate.py."""
from kafka.protocol.admin import (  # noqa: F401
    AlterClientQuotasRequest, AlterClientQuotasResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse)


def describe_client_quotas_request(version, variant):
    if variant == "full":
        return dict(strict=True, components=[
            dict(entity_type="user", match_type=0, match="alice"), dict(entity_type="client-id", match_type=2, match=None)])
    component = dict(entity_type="", match_type=1, match=None)
    return dict(strict=False, components=[component] * 3 if variant == "small" else [])


def describe_client_quotas_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1011, error_code=31, error_message="not allowed", entries=[
            dict(entity=[dict(entity_type="user", entity_name="alice"), dict(entity_type="client-id", entity_name=None)],
                 values=[dict(key="producer_byte_rate", value=1048576.5), dict(key="consumer_byte_rate", value=-0.25)]),
            dict(entity=[], values=[])])
    entry = dict(entity=[dict(entity_type="", entity_name=None)] * 3, values=[dict(key="", value=0.0)] * 3)
    return dict(throttle_time_ms=0, error_code=0, error_message=None, entries=[entry] * 3 if variant == "small" else None)


def alter_client_quotas_request(version, variant):
    if variant == "full":
        return dict(validate_only=True, entries=[
            dict(entity=[dict(entity_type="client-id", entity_name="loader")],
                 ops=[dict(key="producer_byte_rate", value=2.5e9, remove=False),
                      dict(key="consumer_byte_rate", value=0.0, remove=True)]),
            dict(entity=[dict(entity_type="user", entity_name=None)], ops=[])])
    entry = dict(entity=[dict(entity_type="", entity_name=None)] * 3, ops=[dict(key="", value=0.0, remove=False)] * 3)
    return dict(validate_only=False, entries=[entry] * 3 if variant == "small" else [])


def alter_client_quotas_response(version, variant):
    if variant == "full":
        return dict(throttle_time_ms=1012, entries=[
            dict(error_code=42, error_message="no such key", entity=[dict(entity_type="client-id", entity_name="loader")]),
            dict(error_code=0, error_message=None, entity=[dict(entity_type="user", entity_name=None)])])
    entry = dict(error_code=0, error_message=None, entity=[dict(entity_type="", entity_name=None)] * 3)
    return dict(throttle_time_ms=0, entries=[entry] * 3 if variant == "small" else [])
