// CRC-32C with the SSE4.2 instruction, three lanes interleaved to hide its latency of three cycles;
// the lanes are joined by multiplication with x^(8n) mod P through precomputed tables
// (Mark Adler's method). The portable path is a table of eight 256-entry slices.
#include "CLinux.h"
#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u
#define LONG_LANE 4096
#define SHORT_LANE 256

static uint32_t slices[8][256];
static uint32_t long_shift[4][256], short_shift[4][256];
static bool hardware;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t gf2_times(const uint32_t *matrix, uint32_t vector) {
    uint32_t sum = 0;
    for (; vector; vector >>= 1, matrix++)
        if (vector & 1) sum ^= *matrix;
    return sum;
}

static void gf2_square(uint32_t *square, const uint32_t *matrix) {
    for (int n = 0; n < 32; n++) square[n] = gf2_times(matrix, matrix[n]);
}

// The operator that appends `length` zero bytes (a power of two) to a CRC, as four byte tables.
static void make_shift(uint32_t table[4][256], size_t length) {
    uint32_t a[32], b[32];
    a[0] = POLYNOMIAL;
    for (int n = 1; n < 32; n++) a[n] = 1u << (n - 1);
    // a: one zero bit; three squarings make one zero byte, then one squaring for each doubling.
    uint32_t *from = a, *to = b;
    int squarings = 3;
    for (size_t n = length; n > 1; n >>= 1) squarings++;
    for (int n = 0; n < squarings; n++) {
        gf2_square(to, from);
        uint32_t *swap = from; from = to; to = swap;
    }
    for (uint32_t n = 0; n < 256; n++)
        for (int byte = 0; byte < 4; byte++)
            table[byte][n] = gf2_times(from, n << (8 * byte));
}

static void prepare(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        slices[0][n] = crc;
    }
    for (int slice = 1; slice < 8; slice++)
        for (uint32_t n = 0; n < 256; n++)
            slices[slice][n] = slices[0][slices[slice - 1][n] & 255] ^ (slices[slice - 1][n] >> 8);
    make_shift(long_shift, LONG_LANE);
    make_shift(short_shift, SHORT_LANE);
#if defined(__x86_64__)
    hardware = __builtin_cpu_supports("sse4.2");
#endif
}

uint32_t clinux_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&once, prepare);
    const uint8_t *next = bytes;
    crc = ~crc;
    for (; length >= 8; length -= 8, next += 8) {
        uint32_t low, high;
        memcpy(&low, next, 4);
        memcpy(&high, next + 4, 4);
        low ^= crc;
        crc = slices[7][low & 255] ^ slices[6][(low >> 8) & 255] ^ slices[5][(low >> 16) & 255] ^ slices[4][low >> 24]
            ^ slices[3][high & 255] ^ slices[2][(high >> 8) & 255] ^ slices[1][(high >> 16) & 255] ^ slices[0][high >> 24];
    }
    while (length--) crc = slices[0][(crc ^ *next++) & 255] ^ (crc >> 8);
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

static inline uint32_t shift(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 255] ^ table[1][(crc >> 8) & 255] ^ table[2][(crc >> 16) & 255] ^ table[3][crc >> 24];
}

static inline uint64_t load(const uint8_t *from) {
    uint64_t value;
    memcpy(&value, from, 8);
    return value;
}

#define THREE_LANES(LANE, TABLE)                                                        \
    while (length >= (LANE) * 3) {                                                      \
        uint64_t second = 0, third = 0;                                                 \
        for (const uint8_t *end = next + (LANE); next < end; next += 8) {               \
            first = _mm_crc32_u64(first, load(next));                                   \
            second = _mm_crc32_u64(second, load(next + (LANE)));                        \
            third = _mm_crc32_u64(third, load(next + 2 * (LANE)));                      \
        }                                                                               \
        first = shift(TABLE, (uint32_t)first) ^ second;                                 \
        first = shift(TABLE, (uint32_t)first) ^ third;                                  \
        next += 2 * (LANE);                                                             \
        length -= 3 * (LANE);                                                           \
    }

__attribute__((target("sse4.2")))
static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *next = bytes;
    uint64_t first = ~crc & 0xffffffffu;
    for (; length && ((uintptr_t)next & 7); length--) first = _mm_crc32_u8((uint32_t)first, *next++);
    THREE_LANES(LONG_LANE, long_shift)
    THREE_LANES(SHORT_LANE, short_shift)
    for (; length >= 8; length -= 8, next += 8) first = _mm_crc32_u64(first, load(next));
    while (length--) first = _mm_crc32_u8((uint32_t)first, *next++);
    return ~(uint32_t)first;
}

__attribute__((target("sse4.2")))
static uint32_t crc32c_short_sse42(uint32_t crc, const uint8_t *next, size_t length) {
    uint64_t sum = ~crc & 0xffffffffu;
    for (; length >= 8; length -= 8, next += 8) sum = _mm_crc32_u64(sum, load(next));
    if (length >= 4) {
        uint32_t word;
        memcpy(&word, next, 4);
        sum = _mm_crc32_u32((uint32_t)sum, word);
        length -= 4;
        next += 4;
    }
    while (length--) sum = _mm_crc32_u8((uint32_t)sum, *next++);
    return ~(uint32_t)sum;
}
#endif

uint32_t clinux_crc32c_short(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&once, prepare);
#if defined(__x86_64__)
    if (hardware) return crc32c_short_sse42(crc, bytes, length);
#endif
    return clinux_crc32c_portable(crc, bytes, length);
}

void clinux_crc32c_zeros(uint32_t table[1024], size_t length) {
    uint32_t power[32], square[32], total[32];
    power[0] = POLYNOMIAL;
    for (int n = 1; n < 32; n++) power[n] = 1u << (n - 1);
    for (int n = 0; n < 32; n++) total[n] = 1u << n;
    for (int n = 0; n < 3; n++) {  // one zero bit to one zero byte
        gf2_square(square, power);
        memcpy(power, square, sizeof power);
    }
    for (size_t rest = length; rest; rest >>= 1) {
        if (rest & 1) {
            uint32_t product[32];
            for (int n = 0; n < 32; n++) product[n] = gf2_times(power, total[n]);
            memcpy(total, product, sizeof total);
        }
        gf2_square(square, power);
        memcpy(power, square, sizeof power);
    }
    for (uint32_t n = 0; n < 256; n++)
        for (int byte = 0; byte < 4; byte++)
            table[byte * 256 + (int)n] = gf2_times(total, n << (8 * byte));
}

uint32_t clinux_crc32c(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&once, prepare);
#if defined(__x86_64__)
    if (hardware) return crc32c_sse42(crc, bytes, length);
#endif
    return clinux_crc32c_portable(crc, bytes, length);
}

bool clinux_crc32c_is_hardware(void) {
    pthread_once(&once, prepare);
    return hardware;
}
