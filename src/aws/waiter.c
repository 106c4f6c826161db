/*-------------------------------------------------------------------------
 *
 * waiter.c
 *	  One descriptor that stands for all sockets and timers of a backend's
 *	  transfers.
 *
 * Sockets and a timer are in an epoll set.  An epoll descriptor can itself be
 * waited for, so that is what we wait on, together with the latch; and so can
 * somebody else who waits for descriptors of his own, an Append of
 * asynchronous scans.  He doesn't know how long, hence the alarm: a second
 * timer in the set.
 *
 * Nothing here raises but for interrupts, so that libcurl's callbacks may call
 * what they need.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "aws/waiter.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/latch.h"

static int	epoll_fd = -1;
static int	timer_fd = -1;
static int	alarm_fd = -1;

static bool
add_timer(int *fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	*fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (*fd < 0)
		return false;
	ReserveExternalFD();
	event.data.fd = *fd;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

/*
 * Makes the descriptors.  False, and errno says why, if there are too many;
 * then close is still due.
 */
bool
ddb_waiter_open(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return false;
	ReserveExternalFD();
	return add_timer(&timer_fd) && add_timer(&alarm_fd);
}

static void
close_one(int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	ReleaseExternalFD();
	*fd = -1;
}

/* Closes what there is of them. */
void
ddb_waiter_close(void)
{
	close_one(&alarm_fd);
	close_one(&timer_fd);
	close_one(&epoll_fd);
}

/* Watches a socket for this; known: it is being watched already. */
bool
ddb_waiter_watch(int fd, bool in, bool out, bool known)
{
	struct epoll_event event = {.data.fd = fd};

	if (in)
		event.events |= EPOLLIN;
	if (out)
		event.events |= EPOLLOUT;
	return epoll_ctl(epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
					 &event) == 0;
}

/* Watches a socket no more.  It may be closed: then epoll has forgotten it. */
void
ddb_waiter_forget(int fd)
{
	(void) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* Lets a timer run out in so many ms; -1: not at all. */
static bool
set(int fd, long ms)
{
	struct itimerspec when = {.it_value = {0, 0}};

	if (ms == 0)
		when.it_value.tv_nsec = 1;	/* 0 would disarm it, as ms < 0 does */
	else if (ms > 0)
	{
		when.it_value.tv_sec = ms / 1000;
		when.it_value.tv_nsec = (ms % 1000) * 1000000L;
	}
	return timerfd_settime(fd, 0, &when, NULL) == 0;
}

/* Lets the timer run out in so many ms; -1: not at all. */
bool
ddb_waiter_set_timer(long ms)
{
	return set(timer_fd, ms);
}

/* Takes a timer's expiry away.  It may have been set again meanwhile. */
static void
drain(int fd)
{
	uint64		expirations;
	ssize_t		rc = read(fd, &expirations, sizeof(expirations));

	(void) rc;
}

/*
 * Says what has happened, without waiting: fills events, which has room for
 * so many, and returns how many there are.
 */
int
ddb_waiter_poll(DdbWaiterEvent *events, int size)
{
	struct epoll_event found[32];
	int			n;
	int			nevents = 0;

	n = epoll_wait(epoll_fd, found, Min(size, (int) lengthof(found)), 0);
	for (int i = 0; i < n; i++)
	{
		DdbWaiterEvent *event = &events[nevents];

		if (found[i].data.fd == alarm_fd)
		{
			drain(alarm_fd);
			continue;
		}
		if (found[i].data.fd == timer_fd)
			drain(timer_fd);
		event->fd = found[i].data.fd == timer_fd ? -1 : found[i].data.fd;
		event->in = found[i].events & (EPOLLIN | EPOLLHUP);
		event->out = found[i].events & EPOLLOUT;
		event->error = found[i].events & EPOLLERR;
		nevents++;
	}
	return nevents;
}

/*
 * Waits until something happens to the latch, or with sockets to those or the
 * timer, for at most timeout_ms (-1: no limit), and serves interrupts.  May
 * return early for no reason.
 */
void
ddb_waiter_wait(bool sockets, long timeout_ms)
{
	int			events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;
	int			rc;

	if (sockets)
		events |= WL_SOCKET_READABLE;
	if (timeout_ms >= 0)
		events |= WL_TIMEOUT;
	rc = WaitLatchOrSocket(MyLatch, events, epoll_fd, timeout_ms,
						   PG_WAIT_EXTENSION);
	if (rc & WL_LATCH_SET)
		ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * A descriptor that is readable when something has happened, and after
 * timeout_ms at the latest.  The caller owns it: a set of events can't hold
 * the same one twice.  -1, and errno says why, if there is none.
 */
int
ddb_waiter_dup(long timeout_ms)
{
	return set(alarm_fd, timeout_ms) ?
		fcntl(epoll_fd, F_DUPFD_CLOEXEC, 0) : -1;
}
