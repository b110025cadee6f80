/* Writes down what a program does to the files below one folder, so that a test can tell afterwards what a disk
 * would still hold had the power gone: only what was synced. Loaded into the program with LD_PRELOAD.
 *
 * POWER_FOLDER is the folder, POWER_JOURNAL the file that takes the records (see power_disk.py, which replays them).
 * A record is written after its call has succeeded and before the caller hears of it. A sync has two records:
 * what was written before the first is on the disk once the second stands there.
 * While the file POWER_JOURNAL.broken exists, every sync below the folder fails, as on a dying disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536

struct record {
    char kind;
    char padding[3];
    uint32_t name_bytes;
    uint64_t data_bytes, a, b, c;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX], broken[PATH_MAX];
static size_t folder_bytes;
static int journal = -1;
static char watched[MOST_FILES];
static uint64_t syncs;

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("POWER_FOLDER"), *path = getenv("POWER_JOURNAL");
    if (!where || !path) return;
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(broken, sizeof broken, "%s.broken", path);
    folder_bytes = strlen(folder);
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal >= 0) {
        /* Out of the way of programs that close the low numbers. */
        int high = fcntl(journal, F_DUPFD_CLOEXEC, 900);
        if (high >= 0) { syscall(SYS_close, journal); journal = high; }
    }
}

static void note(char kind, const char *name, const void *data, size_t bytes, uint64_t a, uint64_t b, uint64_t c) {
    struct record head = {kind, {0}, name ? (uint32_t)strlen(name) : 0, bytes, a, b, c};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)name, head.name_bytes}, {(void *)data, bytes}};
    if (syscall(SYS_writev, journal, parts, 3) != (long)(sizeof head + head.name_bytes + bytes)) abort();
}

/* Split a path below the folder into its parent's number and the last name; 0 when it is not below. */
static int below(int at, const char *path, uint64_t *parent, char *name) {
    char whole[PATH_MAX * 2];
    if (journal < 0 || !path) return 0;
    if (path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char link[64], base[PATH_MAX];
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0) return 0;
        base[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", base, path);
    }
    if (strncmp(whole, folder, folder_bytes) || whole[folder_bytes] != '/') return 0;
    size_t length = strlen(whole);
    while (length && whole[length - 1] == '/') whole[--length] = 0;
    char *slash = strrchr(whole, '/');
    snprintf(name, NAME_MAX + 1, "%s", slash + 1);
    *slash = 0;
    struct stat found;
    if (stat(whole, &found)) return 0;
    *parent = found.st_ino;
    return 1;
}

static uint64_t number_at(int at, const char *path) {
    struct stat found;
    return fstatat(at, path, &found, AT_SYMLINK_NOFOLLOW) ? 0 : found.st_ino;
}

static uint64_t number_of(int file) {
    struct stat found;
    return fstat(file, &found) ? 0 : found.st_ino;
}

static int is_watched(int file) { return journal >= 0 && file >= 0 && file < MOST_FILES && watched[file]; }

static int open_noted(int at, const char *path, int flags, mode_t mode) {
    uint64_t parent = 0;
    char name[NAME_MAX + 1];
    int nameless = (flags & O_TMPFILE) == O_TMPFILE;
    char inside[PATH_MAX * 2];
    if (nameless) snprintf(inside, sizeof inside, "%s/x", path);
    if (!below(at, nameless ? inside : path, &parent, name)) {
        int file = (int)syscall(SYS_openat, at, path, flags, mode);
        /* The folder itself is opened to be synced. */
        if (file >= 0 && file < MOST_FILES) watched[file] = journal >= 0 && !strcmp(path, folder);
        return file;
    }
    pthread_mutex_lock(&turn);
    int was_there = !nameless && number_at(at, path);
    int file = (int)syscall(SYS_openat, at, path, flags, mode);
    int error = errno;
    if (file >= 0 && file < MOST_FILES) {
        watched[file] = 1;
        uint64_t number = number_of(file);
        if (nameless) note('C', NULL, NULL, 0, number, 0, 0);
        else if (!was_there) {
            note('C', NULL, NULL, 0, number, 0, 0);
            note('L', name, NULL, 0, parent, number, 0);
        } else if (flags & O_TRUNC) note('T', NULL, NULL, 0, number, 0, 0);
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return file;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, int); va_end(rest); }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_noted(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_noted(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_noted(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_noted(at, path, flags, mode); }
int creat(const char *path, mode_t mode) {
    return open_noted(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int file) {
    if (file == journal && journal >= 0) return 0;
    if (file >= 0 && file < MOST_FILES) watched[file] = 0;
    return (int)syscall(SYS_close, file);
}

static int copied(int from, int to) {
    if (to >= 0 && to < MOST_FILES) watched[to] = is_watched(from);
    return to;
}
int dup(int file) { return copied(file, (int)syscall(SYS_dup, file)); }
int dup2(int file, int to) { REAL(int, "dup2", int, int); return copied(file, real(file, to)); }
int dup3(int file, int to, int flags) { REAL(int, "dup3", int, int, int); return copied(file, real(file, to, flags)); }

/* Write at a place (or, when it is negative, where the file stands) and note the bytes. */
static ssize_t write_noted(int file, const struct iovec *parts, int count, off_t place) {
    pthread_mutex_lock(&turn);
    off_t start = place;
    if (place < 0) {
        start = lseek(file, 0, SEEK_CUR);
        struct stat found;
        if (fcntl(file, F_GETFL) & O_APPEND && !fstat(file, &found)) start = found.st_size;
    }
    ssize_t done = place < 0 ? syscall(SYS_writev, file, parts, count)
                             : syscall(SYS_pwritev, file, parts, count, (long)place, 0L);
    int error = errno;
    uint64_t number = done > 0 ? number_of(file) : 0;
    size_t left = done > 0 ? (size_t)done : 0;
    for (int i = 0; i < count && left; i++) {
        size_t bytes = parts[i].iov_len < left ? parts[i].iov_len : left;
        note('W', NULL, parts[i].iov_base, bytes, number, (uint64_t)start, 0);
        start += (off_t)bytes;
        left -= bytes;
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}

ssize_t write(int file, const void *data, size_t bytes) {
    if (!is_watched(file)) return syscall(SYS_write, file, data, bytes);
    struct iovec part = {(void *)data, bytes};
    return write_noted(file, &part, 1, -1);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    if (!is_watched(file)) return syscall(SYS_writev, file, parts, count);
    return write_noted(file, parts, count, -1);
}
ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t place) {
    if (!is_watched(file)) return syscall(SYS_pwrite64, file, data, bytes, place);
    struct iovec part = {(void *)data, bytes};
    return write_noted(file, &part, 1, place);
}
ssize_t pwrite(int file, const void *data, size_t bytes, off_t place) { return pwrite64(file, data, bytes, place); }
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t place) {
    if (!is_watched(file)) return syscall(SYS_pwritev, file, parts, count, (long)place, 0L);
    return write_noted(file, parts, count, place);
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t place) {
    return pwritev64(file, parts, count, place);
}

static int resized(int file, uint64_t size, int done) {
    int error = errno;
    if (!done) note('T', NULL, NULL, 0, number_of(file), size, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int ftruncate64(int file, off64_t size) {
    if (!is_watched(file)) return (int)syscall(SYS_ftruncate, file, size);
    pthread_mutex_lock(&turn);
    return resized(file, (uint64_t)size, (int)syscall(SYS_ftruncate, file, size));
}
int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

/* Do a call that changes names, then note it. */
#define NAMED(at, path, call, ...) \
    uint64_t parent; \
    char name[NAME_MAX + 1]; \
    if (!below(at, path, &parent, name)) return call; \
    pthread_mutex_lock(&turn); \
    int done = call, error = errno; \
    if (!done) { __VA_ARGS__; } \
    pthread_mutex_unlock(&turn); \
    errno = error; \
    return done

int linkat(int at, const char *from, int to, const char *path, int flags) {
    NAMED(to, path, (int)syscall(SYS_linkat, at, from, to, path, flags),
          note('L', name, NULL, 0, parent, number_at(to, path), 0));
}
int link(const char *from, const char *path) { return linkat(AT_FDCWD, from, AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) {
    NAMED(at, path, (int)syscall(SYS_unlinkat, at, path, flags), note('U', name, NULL, 0, parent, 0, 0));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    struct stat found;
    if (lstat(path, &found)) return -1;
    return unlinkat(AT_FDCWD, path, S_ISDIR(found.st_mode) ? AT_REMOVEDIR : 0);
}
int mkdirat(int at, const char *path, mode_t mode) {
    NAMED(at, path, (int)syscall(SYS_mkdirat, at, path, mode),
          note('M', name, NULL, 0, parent, number_at(at, path), 0));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int renameat2(int at, const char *from, int to, const char *path, unsigned flags) {
    uint64_t old_parent, new_parent;
    char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1];
    int was = below(at, from, &old_parent, old_name), will = below(to, path, &new_parent, new_name);
    if (!was && !will) return (int)syscall(SYS_renameat2, at, from, to, path, flags);
    pthread_mutex_lock(&turn);
    int done = (int)syscall(SYS_renameat2, at, from, to, path, flags), error = errno;
    if (!done && will) note('L', new_name, NULL, 0, new_parent, number_at(to, path), 0);
    if (!done && was) note('U', old_name, NULL, 0, old_parent, 0, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int renameat(int at, const char *from, int to, const char *path) { return renameat2(at, from, to, path, 0); }
int rename(const char *from, const char *path) { return renameat2(AT_FDCWD, from, AT_FDCWD, path, 0); }

static int sync_noted(int file, long call) {
    if (!is_watched(file)) return (int)syscall(call, file);
    if (!access(broken, F_OK)) {
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&turn);
    uint64_t number = number_of(file), token = ((uint64_t)getpid() << 32) | ++syncs;
    note('S', NULL, NULL, 0, number, token, 0);
    pthread_mutex_unlock(&turn);
    int done = (int)syscall(call, file), error = errno;
    pthread_mutex_lock(&turn);
    if (!done) note('E', NULL, NULL, 0, number, token, 0);
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}
int fsync(int file) { return sync_noted(file, SYS_fsync); }
int fdatasync(int file) { return sync_noted(file, SYS_fdatasync); }
