// A SQLite VFS that asks before every operation whether it may happen. Each open file has a table of methods of its own:
// with one table for all of them SQLite answered BUSY where nobody was.
#pragma once
#include <stdint.h>

/// What SQLite is about to do to a file.
enum FaultVFSOperation {
  FAULT_OPEN, FAULT_DELETE, FAULT_ACCESS, FAULT_READ, FAULT_WRITE, FAULT_TRUNCATE, FAULT_SYNC, FAULT_SIZE,
  FAULT_LOCK, FAULT_UNLOCK, FAULT_RESERVED, FAULT_SHM_MAP, FAULT_SHM_LOCK, FAULT_SHM_UNMAP, FAULT_CLOSE
};

/// One operation, and what comes of it.
typedef struct FaultVFSCall {
  int operation;
  /// The file or, for a delete, the name.
  const char *path;
  /// A write's place and bytes, or the length that a truncation leaves.
  int64_t offset;
  const void *bytes;
  int64_t length;
  /// Of an open: SQLite's flags. Of a delete: whether the folder is to be synced.
  int flags;
  /// The number that the answer to the file's open gave it.
  int64_t file;
  /// Answered: for a write that fails, how many bytes get out first.
  int64_t part;
} FaultVFSCall;

/// Says whether an operation happens: 0, or the code that SQLite gets. An open answers -1 for a file that nobody watches.
typedef int (*FaultVFSAsk)(FaultVFSCall *call);

/// Puts the VFS before the platform's own, as the process's default. Only the first call does something.
/// Returns an SQLite code.
int fault_vfs_install(FaultVFSAsk ask);
