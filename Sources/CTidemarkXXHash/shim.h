// The one door to xxHash: XXH32 for LZ4's checksums, XXH3 for the block index.
#pragma once
#include <xxhash.h>
