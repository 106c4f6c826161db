/*-------------------------------------------------------------------------
 *
 * session.c
 *	  Clients of this backend, by server and user mapping.
 *
 * A client is built from the options of a server and a mapping at first use
 * and lives until one of the two changes.  Invalidation messages only mark:
 * they may arrive anywhere, the middle of a scan included.  A stale client is
 * replaced at its next use; calls that are still in flight keep what they
 * need of it (see client.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "aws/http.h"
#include "base/compat.h"
#include "catalog/pg_user_mapping.h"
#include "fdw/session.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* A client belongs to a user mapping, hence to its server. */
typedef struct Session
{
	Oid			mappingid;		/* hash key */
	bool		stale;
	uint32		server_hash;	/* syscache hashes, as messages name them */
	uint32		mapping_hash;
	MemoryContext context;		/* owns the client */
	DdbClient  *client;			/* NULL while there is none */
	uint64		generation;		/* a number of the client's own */
} Session;

static HTAB *sessions = NULL;
static uint64 last_generation = 0;

/* Marks the sessions that a changed server or mapping concerns; 0: all. */
static void
invalidate(Datum arg, DdbCacheId cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS scan;
	Session    *session;

	hash_seq_init(&scan, sessions);
	while ((session = hash_seq_search(&scan)) != NULL)
	{
		if (hashvalue == 0 ||
			(cacheid == FOREIGNSERVEROID &&
			 session->server_hash == hashvalue) ||
			(cacheid == USERMAPPINGOID &&
			 session->mapping_hash == hashvalue))
			session->stale = true;
	}
}

static void
create_table(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(Session);
	ctl.hcxt = TopMemoryContext;
	sessions = hash_create("dynamodb_fdw sessions", 8, &ctl,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, invalidate, (Datum) 0);
}

/*
 * The OID of the user's mapping, or of PUBLIC's.  Not by GetUserMapping(),
 * which copies the options, secrets among them, into the current context.
 */
static Oid
get_mapping_id(Oid userid, const ForeignServer *server)
{
	Oid			id;

	id = GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid,
						 ObjectIdGetDatum(userid),
						 ObjectIdGetDatum(server->serverid));
	if (!OidIsValid(id))
		id = GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid,
							 ObjectIdGetDatum(InvalidOid),
							 ObjectIdGetDatum(server->serverid));
	if (!OidIsValid(id))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user \"%s\" has no user mapping for foreign server \"%s\"",
						GetUserNameFromId(userid, false),
						server->servername),
				 errhint("Use CREATE USER MAPPING FOR %s SERVER %s OPTIONS (aws_access_key_id '...', aws_secret_access_key '...').",
						 quote_identifier(GetUserNameFromId(userid, false)),
						 quote_identifier(server->servername))));
	return id;
}

/* Drops a session's client with all that it owns. */
static void
drop_client(Session *session)
{
	session->client = NULL;
	if (session->context != NULL)
	{
		MemoryContext context = session->context;

		session->context = NULL;
		MemoryContextDelete(context);
	}
}

/*
 * The mark is taken away first: options that change while they are being
 * looked up mark the session again.
 */
static void
build_client(Session *session, Oid serverid, Oid userid)
{
	DdbServerOptions server_options;
	DdbMappingOptions mapping_options;
	ForeignServer *server;
	UserMapping *mapping;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "dynamodb_fdw options",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcontext = MemoryContextSwitchTo(scratch);

	session->stale = false;
	session->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												 ObjectIdGetDatum(serverid));
	session->mapping_hash =
		GetSysCacheHashValue1(USERMAPPINGOID,
							  ObjectIdGetDatum(session->mappingid));
	server = GetForeignServer(serverid);
	mapping = GetUserMapping(userid, serverid);
	ddb_option_get_server(server, &server_options);
	ddb_option_get_mapping(mapping, &mapping_options);
	session->context = AllocSetContextCreate(TopMemoryContext,
											 "dynamodb_fdw client",
											 ALLOCSET_SMALL_SIZES);
	session->client = ddb_client_create(session->context, server->servername,
										&server_options, &mapping_options);
	session->generation = ++last_generation;

	/* the options with the secrets were only borrowed for that */
	MemoryContextSwitchTo(oldcontext);
	MemoryContextDelete(scratch);
}

/* The session of a server and a user, its client built if need be. */
static Session *
get_session(Oid serverid, Oid userid)
{
	Oid			mappingid = get_mapping_id(userid, GetForeignServer(serverid));
	Session    *session;
	bool		found;

	if (sessions == NULL)
		create_table();
	session = hash_search(sessions, &mappingid, HASH_ENTER, &found);
	if (!found)
	{
		session->client = NULL;
		session->context = NULL;
		session->stale = false;
	}
	if (session->stale)
		drop_client(session);
	if (session->client == NULL)
	{
		drop_client(session);	/* what an earlier failure left */
		build_client(session, serverid, userid);
	}
	return session;
}

/*
 * Returns the client for a server and a user, built if need be.  Borrowed:
 * the next call here may replace it, so who keeps it holds it
 * (ddb_client_hold).  Sends nothing.  Raises if there is no mapping, or where
 * options don't fit together.
 */
DdbClient *
ddb_session_get_client(Oid serverid, Oid userid)
{
	return get_session(serverid, userid)->client;
}

/*
 * A number that changes with the options of server and mapping: what was
 * learned through a client of another generation may no longer be true.
 */
uint64
ddb_session_get_generation(Oid serverid, Oid userid)
{
	return get_session(serverid, userid)->generation;
}

/*
 * Forgets all clients, their keys and connections with them; calls in flight
 * keep the client that they have to their end.
 */
void
ddb_session_reset(void)
{
	HASH_SEQ_STATUS scan;
	Session    *session;

	if (sessions == NULL)
		return;
	hash_seq_init(&scan, sessions);
	while ((session = hash_seq_search(&scan)) != NULL)
		drop_client(session);
	/* not while a scan has requests in flight */
	(void) ddb_http_reset();
}
