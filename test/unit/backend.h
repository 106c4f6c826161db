/*-------------------------------------------------------------------------
 *
 * backend.h
 *	  What option parsers need of a server, in miniature.
 *
 * Some of what reads options is backend code: it allocates in the current
 * memory context, makes Lists, and raises.  For a fuzzer that runs it a
 * million times in a process of its own, this has one memory context, which
 * is emptied after each input, and errors that end the parse and no more.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BACKEND_H
#define BACKEND_H

/*
 * Runs parse(arg).  False if it raised; *message is the primary message then.
 */
extern bool backend_try(void (*parse) (void *arg), void *arg,
						const char **message);

/* Frees all that was allocated since the last call. */
extern void backend_reset(void);

#endif							/* BACKEND_H */
