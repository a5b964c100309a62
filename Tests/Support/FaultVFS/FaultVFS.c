// The VFS itself: every method asks, and then does what the platform's own does.
#include "FaultVFS.h"
#include <sqlite3.h>
#include <stddef.h>

static FaultVFSAsk ask;
static sqlite3_vfs *platform;
static sqlite3_vfs vfs;

typedef struct {
  sqlite3_file base;
  sqlite3_io_methods methods;
  const char *path;
  int64_t number;
  sqlite3_file *real;
} File;

static int question(File *file, int operation, int64_t offset, const void *bytes, int64_t length, int64_t *part) {
  FaultVFSCall call = {0};
  call.operation = operation;
  call.path = file->path;
  call.file = file->number;
  call.offset = offset;
  call.bytes = bytes;
  call.length = length;
  int answer = ask(&call);
  if (part) *part = call.part;
  return answer;
}

static File *of(sqlite3_file *file) { return (File *)file; }
#define REAL(file) (of(file)->real)
#define CALL(file, method, ...) (of(file)->real->pMethods->method(of(file)->real, ##__VA_ARGS__))

static int file_close(sqlite3_file *file) {
  question(of(file), FAULT_CLOSE, 0, NULL, 0, NULL);
  return CALL(file, xClose);
}
static int file_read(sqlite3_file *file, void *out, int count, sqlite3_int64 offset) {
  int answer = question(of(file), FAULT_READ, offset, NULL, count, NULL);
  return answer ? answer : CALL(file, xRead, out, count, offset);
}
static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  int64_t part = 0;
  int answer = question(of(file), FAULT_WRITE, offset, bytes, count, &part);
  if (answer == 0) return CALL(file, xWrite, bytes, count, offset);
  if (part > 0) CALL(file, xWrite, bytes, (int)part, offset);
  return answer;
}
static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int answer = question(of(file), FAULT_TRUNCATE, size, NULL, 0, NULL);
  return answer ? answer : CALL(file, xTruncate, size);
}
static int file_sync(sqlite3_file *file, int flags) {
  int answer = question(of(file), FAULT_SYNC, 0, NULL, 0, NULL);
  return answer ? answer : CALL(file, xSync, flags);
}
static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  int answer = question(of(file), FAULT_SIZE, 0, NULL, 0, NULL);
  return answer ? answer : CALL(file, xFileSize, size);
}
static int file_lock(sqlite3_file *file, int level) {
  int answer = question(of(file), FAULT_LOCK, 0, NULL, level, NULL);
  return answer ? answer : CALL(file, xLock, level);
}
static int file_unlock(sqlite3_file *file, int level) {
  question(of(file), FAULT_UNLOCK, 0, NULL, level, NULL);
  return CALL(file, xUnlock, level);
}
static int file_reserved(sqlite3_file *file, int *result) {
  int answer = question(of(file), FAULT_RESERVED, 0, NULL, 0, NULL);
  return answer ? answer : CALL(file, xCheckReservedLock, result);
}
static int file_control(sqlite3_file *file, int operation, void *argument) {
  return CALL(file, xFileControl, operation, argument);
}
static int file_sector(sqlite3_file *file) { return CALL(file, xSectorSize); }
static int file_traits(sqlite3_file *file) { return CALL(file, xDeviceCharacteristics); }
static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
  int answer = question(of(file), FAULT_SHM_MAP, page, NULL, size, NULL);
  return answer ? answer : CALL(file, xShmMap, page, size, extend, memory);
}
static int shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  // Letting go cannot fail.
  if (flags & SQLITE_SHM_LOCK) {
    int answer = question(of(file), FAULT_SHM_LOCK, offset, NULL, count, NULL);
    if (answer) return answer;
  }
  return CALL(file, xShmLock, offset, count, flags);
}
static void shm_barrier(sqlite3_file *file) { CALL(file, xShmBarrier); }
static int shm_unmap(sqlite3_file *file, int remove) {
  // What a dead process had mapped goes with it, and its file stays.
  int answer = question(of(file), FAULT_SHM_UNMAP, 0, NULL, remove, NULL);
  return CALL(file, xShmUnmap, answer ? 0 : remove);
}

static int vfs_open(sqlite3_vfs *self, const char *name, sqlite3_file *out, int flags, int *out_flags) {
  (void)self;
  FaultVFSCall call = {0};
  call.operation = FAULT_OPEN;
  call.path = name;
  call.flags = flags;
  int answer = name ? ask(&call) : -1;
  if (answer == -1) return platform->xOpen(platform, name, out, flags, out_flags);
  out->pMethods = NULL;
  if (answer) return answer;
  File *file = of(out);
  file->path = name;
  file->number = call.file;
  file->real = (sqlite3_file *)(file + 1);
  int result = platform->xOpen(platform, name, file->real, flags, out_flags);
  if (result != SQLITE_OK) {
    if (file->real->pMethods) file->real->pMethods->xClose(file->real);
    return result;
  }
  sqlite3_io_methods *methods = &file->methods;
  *methods = (sqlite3_io_methods){0};
  methods->iVersion = file->real->pMethods->iVersion < 2 ? 1 : 2;  // 3 is memory mapping, which nobody could watch
  methods->xClose = file_close;
  methods->xRead = file_read;
  methods->xWrite = file_write;
  methods->xTruncate = file_truncate;
  methods->xSync = file_sync;
  methods->xFileSize = file_size;
  methods->xLock = file_lock;
  methods->xUnlock = file_unlock;
  methods->xCheckReservedLock = file_reserved;
  methods->xFileControl = file_control;
  methods->xSectorSize = file_sector;
  methods->xDeviceCharacteristics = file_traits;
  methods->xShmMap = shm_map;
  methods->xShmLock = shm_lock;
  methods->xShmBarrier = shm_barrier;
  methods->xShmUnmap = shm_unmap;
  out->pMethods = methods;
  return SQLITE_OK;
}
static int vfs_delete(sqlite3_vfs *self, const char *name, int sync) {
  (void)self;
  FaultVFSCall call = {0};
  call.operation = FAULT_DELETE;
  call.path = name;
  call.flags = sync;
  int answer = ask(&call);
  return answer > 0 ? answer : platform->xDelete(platform, name, sync);
}
static int vfs_access(sqlite3_vfs *self, const char *name, int flags, int *result) {
  (void)self;
  FaultVFSCall call = {0};
  call.operation = FAULT_ACCESS;
  call.path = name;
  int answer = ask(&call);
  return answer > 0 ? answer : platform->xAccess(platform, name, flags, result);
}
static int vfs_path(sqlite3_vfs *self, const char *name, int room, char *out) {
  (void)self;
  return platform->xFullPathname(platform, name, room, out);
}
static int vfs_sleep(sqlite3_vfs *self, int microseconds) {
  // Nobody else is there whom waiting would help.
  (void)self;
  return microseconds;
}

int fault_vfs_install(FaultVFSAsk asking) {
  if (platform) return SQLITE_OK;
  platform = sqlite3_vfs_find(NULL);
  if (!platform) return SQLITE_ERROR;
  ask = asking;
  // The clock, the dice and the loading of libraries are the platform's: they take no notice of the VFS.
  vfs = *platform;
  vfs.pNext = NULL;
  vfs.zName = "faults";
  vfs.szOsFile = (int)sizeof(File) + platform->szOsFile;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_path;
  vfs.xSleep = vfs_sleep;
  return sqlite3_vfs_register(&vfs, 1);
}
