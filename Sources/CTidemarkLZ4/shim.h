// The one door to LZ4: block and frame functions of Debian's liblz4-dev.
#pragma once
#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
