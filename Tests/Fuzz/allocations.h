// How much memory is held, for the fuzzer: a decoder may hold a constant times its input and no more.
#pragma once
#include <stddef.h>

/// Bytes that malloc and its kin have handed out and not got back, in the sizes that they really take.
long fuzz_held_bytes(void);
/// The most of them since the last call of `fuzz_forget_peak`.
long fuzz_peak_bytes(void);
void fuzz_forget_peak(void);
