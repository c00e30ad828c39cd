#ifndef CPOSTGRES_SHIM_H
#define CPOSTGRES_SHIM_H

#include <libpq-fe.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/* Character macros are not imported into Swift; these constants carry them over. */
static const int CPOSTGRES_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int CPOSTGRES_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int CPOSTGRES_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int CPOSTGRES_DIAG_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int CPOSTGRES_DIAG_TABLE = PG_DIAG_TABLE_NAME;
static const int CPOSTGRES_DIAG_COLUMN = PG_DIAG_COLUMN_NAME;
static const int CPOSTGRES_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME;
static const int CPOSTGRES_DIAG_SOURCE_FUNCTION = PG_DIAG_SOURCE_FUNCTION;

/* A receiver that drops notices, which libpq would otherwise print to standard error. */
static inline void cpostgres_drop_notice(void *argument, const PGresult *result) {
    (void)argument;
    (void)result;
}

/* Takes the place of PQsetNoticeReceiver, so that no C function pointer is made in Swift. */
static inline void cpostgres_silence_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, cpostgres_drop_notice, NULL);
}

/* Swift imports neither the headers of epoll and eventfd nor the union in an event. */
static inline int cpostgres_epoll_create(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

static inline int cpostgres_eventfd_create(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* Returns 0, or -1 and sets errno. */
static inline int cpostgres_eventfd_signal(int descriptor) {
    return eventfd_write(descriptor, 1);
}

/* Returns 0, or -1 when nothing was signalled. */
static inline int cpostgres_eventfd_clear(int descriptor) {
    eventfd_t value;
    return eventfd_read(descriptor, &value);
}

enum cpostgres_epoll_operation {
    CPOSTGRES_EPOLL_ADD = EPOLL_CTL_ADD,
    CPOSTGRES_EPOLL_CHANGE = EPOLL_CTL_MOD,
    CPOSTGRES_EPOLL_REMOVE = EPOLL_CTL_DEL,
};

/* Watches a descriptor for input, and for room to write where `for_writing` is not 0. */
static inline int cpostgres_epoll_control(
    int epoll, enum cpostgres_epoll_operation operation, int descriptor, uint64_t identifier,
    int for_writing) {
    struct epoll_event event = {0};
    event.events = EPOLLIN | (for_writing ? EPOLLOUT : 0);
    event.data.u64 = identifier;
    return epoll_ctl(epoll, (int)operation, descriptor, &event);
}

/* Fills `identifiers` with those of ready descriptors; returns their number, or -1. */
static inline int cpostgres_epoll_wait(
    int epoll, uint64_t *identifiers, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int index = 0; index < count; index++) {
        identifiers[index] = events[index].data.u64;
    }
    return count;
}

/* Names the calling thread, for operators. */
static inline void cpostgres_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
