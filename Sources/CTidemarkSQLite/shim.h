// The one door to SQLite, and to the few system calls that Swift's C library module hides.
//
// The session and preupdate declarations only exist when these are defined before the header;
// the variadic functions of SQLite are wrapped because Swift cannot call them.
#pragma once
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef SQLITE_DBCONFIG_DEFENSIVE
#error "Tidemark needs SQLite 3.26 or newer"
#endif

/// Sets a switch of a connection and reads it back.
static inline int tidemark_db_config(sqlite3 *db, int option, int value, int *result) {
  return sqlite3_db_config(db, option, value, result);
}

#ifdef __linux__
// _GNU_SOURCE would give these, but it changes the layout of types that Swift's own C module has already read.
extern int fallocate(int fd, int mode, off_t offset, off_t length);
extern int sync_file_range(int fd, off_t offset, off_t length, unsigned int flags);
extern int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);
enum {
  TIDEMARK_WAIT_BEFORE = 1, TIDEMARK_WRITE = 2, TIDEMARK_WAIT_AFTER = 4,
  TIDEMARK_RENAME_NOREPLACE = 1, TIDEMARK_RENAME_EXCHANGE = 2,
  TIDEMARK_F_SETSIG = 10, TIDEMARK_F_SETLEASE = 1024, TIDEMARK_F_GETLEASE = 1025,
  TIDEMARK_F_OFD_GETLK = 36, TIDEMARK_F_OFD_SETLK = 37
};
/// Reserves `length` bytes on disk; 0 or an errno.
static inline int tidemark_allocate(int fd, int64_t length) {
  return fallocate(fd, 0, 0, length) == 0 ? 0 : errno;
}
/// Starts write-back of a range without waiting for it.
static inline void tidemark_start_writeback(int fd, int64_t offset, int64_t length) {
  sync_file_range(fd, offset, length, TIDEMARK_WRITE);
}
/// Waits for the write-back of a range and lets its pages go.
static inline void tidemark_drop_written(int fd, int64_t offset, int64_t length) {
  sync_file_range(fd, offset, length,
                  TIDEMARK_WAIT_BEFORE | TIDEMARK_WRITE | TIDEMARK_WAIT_AFTER);
  posix_fadvise(fd, offset, length, POSIX_FADV_DONTNEED);
}
/// Lets writes pass the page cache by, or not; 0 or an errno.
static inline int tidemark_bypass_cache(int fd, int bypass) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return errno;
  return fcntl(fd, F_SETFL, bypass ? flags | __O_DIRECT : flags & ~__O_DIRECT) == 0 ? 0 : errno;
}
/// Exchanges two names in one step; 0 or an errno.
static inline int tidemark_exchange(const char *a, const char *b) {
  return renameat2(AT_FDCWD, a, AT_FDCWD, b, TIDEMARK_RENAME_EXCHANGE) == 0 ? 0 : errno;
}
/// Renames only where the new name is free; 0 or an errno.
static inline int tidemark_rename_new(const char *from, const char *to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, TIDEMARK_RENAME_NOREPLACE) == 0 ? 0 : errno;
}
/// Takes a write lease: proof that nobody else has the file open. 0 or an errno.
/// The signal that tells of a breaker is moved to SIGURG, which is ignored by default; SIGIO would kill.
static inline int tidemark_lease(int fd) {
  if (fcntl(fd, TIDEMARK_F_SETSIG, SIGURG) != 0) return errno;
  return fcntl(fd, TIDEMARK_F_SETLEASE, F_WRLCK) == 0 ? 0 : errno;
}
/// Whether the write lease is still whole: false when an opener waits for it.
static inline int tidemark_lease_held(int fd) { return fcntl(fd, TIDEMARK_F_GETLEASE) == F_WRLCK; }
static inline void tidemark_lease_end(int fd) { fcntl(fd, TIDEMARK_F_SETLEASE, F_UNLCK); }
#define TIDEMARK_HAS_LEASES 1
/// Makes one file share the other's room on disk, where the file system can (FICLONE); 0 or an errno.
static inline int tidemark_clone(int from, int to) { return ioctl(to, _IOW(0x94, 9, int), from) == 0 ? 0 : errno; }
#else
static inline int tidemark_clone(int from, int to) { (void)from; (void)to; return ENOTSUP; }
#define TIDEMARK_F_OFD_GETLK F_OFD_GETLK
#define TIDEMARK_F_OFD_SETLK F_OFD_SETLK
static inline int tidemark_allocate(int fd, int64_t length) { (void)fd; (void)length; return ENOTSUP; }
static inline void tidemark_start_writeback(int fd, int64_t offset, int64_t length) {
  (void)fd; (void)offset; (void)length;
}
static inline void tidemark_drop_written(int fd, int64_t offset, int64_t length) {
  (void)fd; (void)offset; (void)length;
}
static inline int tidemark_bypass_cache(int fd, int bypass) { (void)fd; return bypass ? ENOTSUP : 0; }
#ifdef __APPLE__
static inline int tidemark_exchange(const char *a, const char *b) {
  return renamex_np(a, b, RENAME_SWAP) == 0 ? 0 : errno;
}
static inline int tidemark_rename_new(const char *from, const char *to) {
  return renamex_np(from, to, RENAME_EXCL) == 0 ? 0 : errno;
}
#endif
static inline int tidemark_lease(int fd) { (void)fd; return ENOTSUP; }
static inline int tidemark_lease_held(int fd) { (void)fd; return 0; }
static inline void tidemark_lease_end(int fd) { (void)fd; }
#define TIDEMARK_HAS_LEASES 0
#endif

/// A lock on bytes of a file that belongs to the open description, so that closing another descriptor of the
/// same file does not drop it. `kind` is F_RDLCK, F_WRLCK or F_UNLCK; never waits. 0 or an errno.
static inline int tidemark_lock_range(int fd, int kind, int64_t start, int64_t length) {
  struct flock lock = {0};
  lock.l_type = (short)kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  return fcntl(fd, TIDEMARK_F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}
/// The kind of lock another description holds on a range: F_RDLCK, F_WRLCK, or F_UNLCK when none.
static inline int tidemark_probe_range(int fd, int kind, int64_t start, int64_t length) {
  struct flock lock = {0};
  lock.l_type = (short)kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  return fcntl(fd, TIDEMARK_F_OFD_GETLK, &lock) == 0 ? lock.l_type : F_UNLCK;
}

// Extended attributes: the two systems agree on the names of the calls and not on their arguments.
#ifndef ENODATA
#define ENODATA ENOATTR
#endif

/// Reads an extended attribute: its length, minus an errno, or -ENODATA when the file has none of that name.
static inline int64_t tidemark_get_attribute(const char *path, const char *name, void *buffer, size_t size) {
#ifdef __APPLE__
  ssize_t length = getxattr(path, name, buffer, size, 0, 0);
  return length >= 0 ? length : errno == ENOATTR ? -ENODATA : -errno;
#else
  ssize_t length = getxattr(path, name, buffer, size);
  return length >= 0 ? length : -errno;
#endif
}
/// Sets an extended attribute; 0 or an errno.
static inline int tidemark_set_attribute(int fd, const char *name, const void *value, size_t size) {
#ifdef __APPLE__
  return fsetxattr(fd, name, value, size, 0, 0) == 0 ? 0 : errno;
#else
  return fsetxattr(fd, name, value, size, 0) == 0 ? 0 : errno;
#endif
}
/// Removes an extended attribute, if it is there; 0 or an errno.
static inline int tidemark_remove_attribute(int fd, const char *name) {
#ifdef __APPLE__
  return fremovexattr(fd, name, 0) == 0 || errno == ENOATTR ? 0 : errno;
#else
  return fremovexattr(fd, name) == 0 || errno == ENODATA ? 0 : errno;
#endif
}
/// The processor's time that this thread has used, in microseconds; 0 where that cannot be told.
static inline int64_t tidemark_thread_microseconds(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 0;
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}
/// Bytes that this user may still write on the file system of a path; minus an errno.
static inline int64_t tidemark_free_space(const char *path) {
  struct statvfs room;
  if (statvfs(path, &room) != 0) return -errno;
  return (int64_t)room.f_bavail * (int64_t)(room.f_frsize ? room.f_frsize : room.f_bsize);
}
