/*-------------------------------------------------------------------------
 *
 * endpoint.c
 *	  Where to send requests, and what to sign them for.
 *
 * Without an endpoint, the host follows from the region as in AWS's own rule
 * set: a prefix of the region tells the partition, the partition the domain.
 * With one, its URL is taken apart strictly, and put together again from the
 * parts that were understood.
 *
 * A signature is made for a region.  It is the one given; else the one that a
 * host of AWS's has in its name; else, for a service on this machine, which
 * doesn't care, us-east-1.
 *
 * Plain http shows the session token and all data to the network, so it is
 * for this machine only, unless allow_http says that this is understood.
 *
 * Account-based endpoints and endpoint discovery are not used: the regional
 * name serves every table, and is what firewalls and VPC policies know.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "aws/endpoint.h"
#include "utils/builtins.h"

#define SERVICE "dynamodb"

/* Signed for where no region matters. */
#define ANY_REGION "us-east-1"

/* The longest region by far that makes a valid host name. */
#define MAX_REGION_LEN 40

typedef struct Partition
{
	const char *prefix;			/* of its regions; "" for the rest */
	const char *domain;
	const char *dualstack;		/* NULL: not offered, as far as is known */
	bool		fips_is_plain;	/* FIPS endpoints have no name of their own */
} Partition;

/* AWS's partitions; the first prefix that fits decides */
static const Partition partitions[] = {
	{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", false},
	{"us-gov-", "amazonaws.com", "api.aws", true},
	{"eusc-", "amazonaws.eu", NULL, false},
	{"us-iso-", "c2s.ic.gov", NULL, false},
	{"us-isob-", "sc2s.sgov.gov", NULL, false},
	{"eu-isoe-", "cloud.adc-e.uk", NULL, false},
	{"us-isof-", "csp.hci.ic.gov", NULL, false},
	{"", "amazonaws.com", "api.aws", false},
};

/* The parts of an endpoint's URL. */
typedef struct Url
{
	bool		tls;
	char	   *host;			/* lower case; an IPv6 address in brackets */
	int			port;
} Url;

static const Partition *
lookup_partition(const char *region)
{
	const Partition *partition = partitions;

	while (strncmp(region, partition->prefix,
				   strlen(partition->prefix)) != 0)
		partition++;
	return partition;
}

/*
 * A region becomes a label of a host name, so whatever isn't one must not get
 * through: "x.example.com/" would send signed requests elsewhere.
 */
static void
check_region(const char *server_name, const char *region)
{
	size_t		len = strlen(region);

	if (len == 0 || len > MAX_REGION_LEN ||
		strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
		region[0] == '-' || region[len - 1] == '-')
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid region \"%s\" of server \"%s\"",
						region, server_name),
				 errdetail("A region consists of lower-case letters, digits and hyphens, like \"eu-west-1\".")));
}

static void
report_invalid_url(const char *server_name, const char *detail)
{
	/*
	 * The URL isn't shown: what is refused here may well be one with a
	 * password in it.
	 */
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid endpoint of server \"%s\"", server_name),
			 errdetail("%s", detail),
			 errhint("An endpoint looks like \"https://dynamodb.eu-west-1.amazonaws.com\" or \"http://127.0.0.1:8000\".")));
}

/* The scheme and "://"; advances *p behind them. */
static void
parse_scheme(const char *server_name, const char **p, Url *url)
{
	if (pg_strncasecmp(*p, "https://", 8) == 0)
	{
		url->tls = true;
		*p += 8;
	}
	else if (pg_strncasecmp(*p, "http://", 7) == 0)
	{
		url->tls = false;
		*p += 7;
	}
	else
		report_invalid_url(server_name,
						   "It must begin with \"https://\" or \"http://\".");
}

/* A host name, an IPv4 address, or an IPv6 address in brackets. */
static void
parse_host(const char *server_name, const char **p, Url *url)
{
	const char *start = *p;
	size_t		len;

	if (*start == '[')
	{
		struct in6_addr address;
		char	   *text;

		len = strcspn(start, "]");
		text = pnstrdup(start + 1, len > 0 ? len - 1 : 0);
		if (start[len] != ']' || inet_pton(AF_INET6, text, &address) != 1)
			report_invalid_url(server_name,
							   "What is in brackets must be an IPv6 address.");
		len++;
	}
	else
	{
		len = strspn(start, "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
		if (len == 0 || len > 253 || *start == '.' || *start == '-')
			report_invalid_url(server_name,
							   "It must have a host name or an IP address behind \"://\".");
	}

	url->host = pnstrdup(start, len);
	for (char *c = url->host; *c; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	*p = start + len;
}

/* ":8000", or nothing for the scheme's own port. */
static void
parse_port(const char *server_name, const char **p, Url *url)
{
	size_t		len;

	url->port = url->tls ? 443 : 80;
	if (**p != ':')
		return;
	(*p)++;
	len = strspn(*p, "0123456789");
	url->port = (len > 0 && len <= 5) ? atoi(*p) : 0;
	if (url->port < 1 || url->port > 65535)
		report_invalid_url(server_name,
						   "The port must be a number from 1 to 65535.");
	*p += len;
}

static void
parse_url(const char *server_name, const char *text, Url *url)
{
	const char *p = text;

	parse_scheme(server_name, &p, url);
	parse_host(server_name, &p, url);
	parse_port(server_name, &p, url);
	if (*p == '/')
		p++;
	if (*p != '\0')
		report_invalid_url(server_name,
						   "It must have nothing but a scheme, a host and perhaps a port: no user, path, query or fragment.");
}

/*
 * Does the host mean this machine?  Judged by the name alone; a name that
 * only resolves to a loopback address doesn't count.
 */
static bool
is_loopback(const char *host)
{
	struct in_addr address;
	struct in6_addr address6;
	char	   *text;

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &address) == 1)
		return (ntohl(address.s_addr) >> 24) == 127;
	if (host[0] != '[')
		return false;
	text = pnstrdup(host + 1, strlen(host) - 2);
	return inet_pton(AF_INET6, text, &address6) == 1 &&
		IN6_IS_ADDR_LOOPBACK(&address6);
}

static bool
has_domain(const char *host, const char *domain)
{
	size_t		hostlen = strlen(host);
	size_t		domainlen = strlen(domain);

	return hostlen > domainlen &&
		host[hostlen - domainlen - 1] == '.' &&
		strcmp(host + hostlen - domainlen, domain) == 0;
}

/*
 * The region in a host name of AWS's, palloc'd, or NULL.  It is the label
 * behind the service's: dynamodb.R.amazonaws.com, dynamodb-fips.R.api.aws,
 * 123456789012.ddb.R.amazonaws.com, vpce-x.dynamodb.R.vpce.amazonaws.com.
 */
static char *
region_from_host(const char *host)
{
	static const char *const services[] = {"dynamodb.", "dynamodb-fips.",
	"ddb."};
	bool		known = false;

	for (size_t i = 0; i < lengthof(partitions); i++)
		known |= has_domain(host, partitions[i].domain) ||
			(partitions[i].dualstack &&
			 has_domain(host, partitions[i].dualstack));
	if (!known)
		return NULL;

	for (const char *label = host; label; label = strchr(label, '.'))
	{
		if (*label == '.')
			label++;
		for (size_t i = 0; i < lengthof(services); i++)
		{
			size_t		len = strlen(services[i]);

			/* the region is followed by more than the domain's own labels */
			if (strncmp(label, services[i], len) == 0 &&
				strncmp(label + len, "amazonaws.", 10) != 0)
				return pnstrdup(label + len, strcspn(label + len, "."));
		}
	}
	return NULL;
}

static char *
host_from_region(const char *server_name, const DdbServerOptions *server)
{
	const Partition *partition = lookup_partition(server->region);
	const char *domain = partition->domain;
	bool		fips = server->use_fips;

	if (server->use_dualstack)
	{
		if (partition->dualstack == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("no dual-stack endpoint is known for region \"%s\" of server \"%s\"",
							server->region, server_name),
					 errhint("Leave use_dualstack out, or name the endpoint.")));
		domain = partition->dualstack;
	}
	else if (partition->fips_is_plain)
		fips = false;

	return psprintf("%s.%s.%s", fips ? SERVICE "-fips" : SERVICE,
					server->region, domain);
}

/* The parts of the endpoint option. */
static void
take_endpoint(const char *server_name, const DdbServerOptions *server,
			  Url *url)
{
	if (server->use_fips || server->use_dualstack)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("server \"%s\" has both \"endpoint\" and \"%s\"",
						server_name,
						server->use_fips ? "use_fips" : "use_dualstack"),
				 errdetail("That option chooses among the endpoints that follow from the region."),
				 errhint("Name the endpoint wanted, or leave \"endpoint\" out.")));

	parse_url(server_name, server->endpoint, url);
	if (!url->tls && !server->allow_http && !is_loopback(url->host))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("server \"%s\" has an http endpoint on another host",
						server_name),
				 errdetail("Data and session tokens would cross the network unencrypted."),
				 errhint("Use https, or set allow_http 'true' on the server if the network can be trusted.")));
}

static const char *
choose_region(const char *server_name, const DdbServerOptions *server,
			  const Url *url)
{
	const char *region = server->region;

	if (region == NULL)
		region = region_from_host(url->host);
	if (region == NULL && is_loopback(url->host))
		region = ANY_REGION;
	if (region == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("server \"%s\" has no region", server_name),
				 errdetail("Requests are signed for a region, and this endpoint's name has none in it."),
				 errhint("Use ALTER SERVER %s OPTIONS (ADD region 'eu-west-1').",
						 quote_identifier(server_name))));
	return region;
}

/*
 * Works out where a server's requests go.
 *
 * Palloc'd in the current context.  server_name is for messages.  Raises
 * where the options contradict each other or don't suffice.  Resolves no
 * name and sends nothing.
 */
DdbEndpoint *
ddb_endpoint_create(const char *server_name, const DdbServerOptions *server)
{
	DdbEndpoint *endpoint = palloc0(sizeof(DdbEndpoint));
	const char *region = server->region;
	Url			url;

	if (server->endpoint == NULL && region == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("server \"%s\" has no region", server_name),
				 errhint("Use ALTER SERVER %s OPTIONS (ADD region 'eu-west-1'), or name an endpoint.",
						 quote_identifier(server_name))));
	if (region)
		check_region(server_name, region);

	if (server->endpoint)
	{
		take_endpoint(server_name, server, &url);
		region = choose_region(server_name, server, &url);
		check_region(server_name, region);
	}
	else if (strcmp(region, "local") == 0)
	{
		/* what AWS's own tools mean by this region */
		url.tls = false;
		url.host = pstrdup("localhost");
		url.port = 8000;
		region = ANY_REGION;
	}
	else
	{
		url.tls = true;
		url.host = host_from_region(server_name, server);
		url.port = 443;
	}

	/* the host that is signed must be the one that is sent, to the letter */
	if (url.port == (url.tls ? 443 : 80))
		endpoint->host = url.host;
	else
		endpoint->host = psprintf("%s:%d", url.host, url.port);
	endpoint->url = psprintf("%s://%s/", url.tls ? "https" : "http",
							 endpoint->host);
	endpoint->region = pstrdup(region);
	endpoint->service = SERVICE;
	if (server->sslrootcert)
		endpoint->sslrootcert = pstrdup(server->sslrootcert);
	return endpoint;
}
