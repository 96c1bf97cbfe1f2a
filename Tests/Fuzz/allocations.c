// Stands before glibc's malloc in the fuzzer and counts. libFuzzer's own -malloc_limit_mb needs a sanitizer's allocator.
#include "allocations.h"
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static _Atomic long held, peak;

static void *taken(void *memory)
{
    if (!memory) return NULL;
    long bytes = (long)malloc_usable_size(memory);
    long now = atomic_fetch_add_explicit(&held, bytes, memory_order_relaxed) + bytes;
    // The decoders run on one thread; another's allocation may at worst be missed at its very top.
    if (now > atomic_load_explicit(&peak, memory_order_relaxed)) atomic_store_explicit(&peak, now, memory_order_relaxed);
    return memory;
}

static void given(void *memory)
{
    if (memory) atomic_fetch_sub_explicit(&held, (long)malloc_usable_size(memory), memory_order_relaxed);
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *made = taken(__libc_memalign(alignment, size));
    if (!made) return ENOMEM;
    *memory = made;
    return 0;
}

void *realloc(void *memory, size_t size)
{
    long before = memory ? (long)malloc_usable_size(memory) : 0;
    void *made = __libc_realloc(memory, size);
    if (made || !size) atomic_fetch_sub_explicit(&held, before, memory_order_relaxed);
    return taken(made);
}

void free(void *memory)
{
    given(memory);
    __libc_free(memory);
}

long fuzz_held_bytes(void) { return atomic_load(&held); }
long fuzz_peak_bytes(void) { return atomic_load(&peak); }
void fuzz_forget_peak(void) { atomic_store(&peak, atomic_load(&held)); }
