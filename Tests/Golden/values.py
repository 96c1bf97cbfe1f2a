"""Values that the golden frames share; see generate.py."""
import uuid

ID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
ZERO = uuid.UUID(int=0)
LONG = "n" * 200  # a compact length of two bytes
BATCH = bytes(range(256)) * 2  # stands for record batches: the codecs do not look inside
OPERATIONS_UNSET = {31}  # kafka-python names the bits that are set


def bits(value):
    return {bit for bit in range(32) if value >> bit & 1}
