/*-------------------------------------------------------------------------
 *
 * waiter.h
 *	  One descriptor that stands for all sockets and timers of a backend's
 *	  transfers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_WAITER_H
#define DDB_WAITER_H

/* Something has happened: to a socket, or (fd -1) the timer has run out. */
typedef struct DdbWaiterEvent
{
	int			fd;
	bool		in;
	bool		out;
	bool		error;
} DdbWaiterEvent;

extern bool ddb_waiter_open(void);
extern void ddb_waiter_close(void);
extern bool ddb_waiter_watch(int fd, bool in, bool out, bool known);
extern void ddb_waiter_forget(int fd);
extern bool ddb_waiter_set_timer(long ms);
extern int	ddb_waiter_poll(DdbWaiterEvent *events, int size);
extern void ddb_waiter_wait(bool sockets, long timeout_ms);
extern int	ddb_waiter_dup(long timeout_ms);

#endif							/* DDB_WAITER_H */
