// The one door to xxHash: XXH32 for LZ4's checksums, XXH3 for the block index.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/// XXH3-64 by the library, which uses the vectors that every processor of the kind has.
static inline uint64_t tidemark_xxh3_plain(const void *bytes, size_t length) { return XXH3_64bits(bytes, length); }

#if defined(__x86_64__) && defined(__clang__)
// Its header once more, compiled for newer processors: more than twice as fast, and the same hash.
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define XXH_INLINE_ALL
#define XXH_VECTOR 2
#include <xxhash.h>
static inline uint64_t tidemark_xxh3_avx2(const void *bytes, size_t length) { return XXH3_64bits(bytes, length); }
#pragma clang attribute pop
#undef XXH_VECTOR

/// XXH3-64 with the widest vectors that this processor has.
static inline uint64_t tidemark_xxh3(const void *bytes, size_t length) {
  return __builtin_cpu_supports("avx2") ? tidemark_xxh3_avx2(bytes, length) : tidemark_xxh3_plain(bytes, length);
}
#else
static inline uint64_t tidemark_xxh3(const void *bytes, size_t length) { return tidemark_xxh3_plain(bytes, length); }
#endif
