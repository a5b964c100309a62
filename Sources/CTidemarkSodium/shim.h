// The one door to libsodium: SHA-256 of token streams, later signatures and sealed streams.
#pragma once
#include <sodium.h>
