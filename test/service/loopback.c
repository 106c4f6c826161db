/*-------------------------------------------------------------------------
 *
 * loopback.c
 *	  Keeps DynamoDB Local off every network but this machine's own.
 *
 * DynamoDB Local listens on all addresses and has no option against it.
 * Preloaded (LD_PRELOAD), this turns every bind to the IPv4 wildcard into
 * one to 127.0.0.1.  The JVM must run with -Djava.net.preferIPv4Stack=true:
 * an IPv6 socket is left as it is.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int
bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int			(*libc_bind) (int, const struct sockaddr *, socklen_t);
	struct sockaddr_in in;

	/* ISO C has no cast from an object pointer to a function pointer. */
	*(void **) &libc_bind = dlsym(RTLD_NEXT, "bind");

	if (addr->sa_family == AF_INET && len == sizeof(in))
	{
		memcpy(&in, addr, sizeof(in));
		if (in.sin_addr.s_addr == htonl(INADDR_ANY))
			in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		addr = (const struct sockaddr *) &in;
	}
	return libc_bind(fd, addr, len);
}
