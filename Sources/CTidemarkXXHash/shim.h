// The one door to xxHash: XXH32 for LZ4's checksums, XXH3 for the block index.
#pragma once
#include <xxhash.h>

#if defined(__linux__) && defined(__x86_64__)
// The library picks the widest vectors of this processor only in its dispatching entry, which not every build of it
// has: where it is missing, the weak symbol is null. The hash is the same.
extern XXH64_hash_t XXH3_64bits_dispatch(const void *bytes, size_t length) __attribute__((weak));
static inline XXH64_hash_t tidemark_xxh3(const void *bytes, size_t length) {
  return XXH3_64bits_dispatch ? XXH3_64bits_dispatch(bytes, length) : XXH3_64bits(bytes, length);
}
#else
static inline XXH64_hash_t tidemark_xxh3(const void *bytes, size_t length) { return XXH3_64bits(bytes, length); }
#endif
