/*-------------------------------------------------------------------------
 *
 * test_sigv4.c
 *	  Unit test of src/aws/sigv4.c, outside the server.
 *
 * Compares canonical request, string to sign and signature with the vectors
 * of the AWS signing test suite (files; skipped where they aren't) and with
 * three requests of DynamoDB's shape (in here; their signatures were made by
 * botocore).  Prints TAP.
 *
 *	  test_sigv4 [directory of the vectors]
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include <sys/stat.h>

#include "aws/sigv4.h"

static int	ntests = 0;
static int	nfailed = 0;

static void
ok(bool good, const char *vector, const char *what)
{
	printf("%sok %d - %s: %s\n", good ? "" : "not ", ++ntests, vector, what);
	if (!good)
		nfailed++;
}

static void
is(const char *got, const char *expected, const char *vector,
   const char *what)
{
	bool		good = strcmp(got, expected) == 0;

	ok(good, vector, what);
	if (!good)
		printf("# got:\n%s\n# expected:\n%s\n", got, expected);
}

/* Signs, and compares all three texts; canonical and to_sign may be NULL. */
static void
check(const char *vector, const DdbSigv4Request *request,
	  const char *canonical, const char *to_sign, const char *signature)
{
	StringInfoData buf;
	DdbSigv4Key key;
	const char *reason = NULL;
	const char *found;

	initStringInfo(&buf);
	if (canonical)
	{
		ok(ddb_sigv4_append_canonical_request(&buf, request, &reason),
		   vector, "canonical request is made");
		is(buf.data, canonical, vector, "canonical request");
	}
	if (to_sign)
	{
		resetStringInfo(&buf);
		ok(ddb_sigv4_append_string_to_sign(&buf, request, &reason),
		   vector, "string to sign is made");
		is(buf.data, to_sign, vector, "string to sign");
	}

	/* twice: with a new key, and with the one just derived */
	memset(&key, 0, sizeof(key));
	for (int round = 1; round <= 2; round++)
	{
		resetStringInfo(&buf);
		ok(ddb_sigv4_append_authorization(&buf, request, &key, &reason),
		   vector, "request is signed");
		found = strstr(buf.data, "Signature=");
		is(found ? found + strlen("Signature=") : "", signature, vector,
		   round == 1 ? "signature" : "signature with the cached key");
	}

	/* a key for another day must not be taken */
	strlcpy(key.date, "19700101", sizeof(key.date));
	memset(key.bytes, 0, sizeof(key.bytes));
	resetStringInfo(&buf);
	ok(ddb_sigv4_append_authorization(&buf, request, &key, &reason) &&
	   strstr(buf.data, signature) != NULL, vector, "stale key is renewed");
	pfree(buf.data);
}

/* The whole file, without a trailing newline; NULL if it isn't there. */
static char *
slurp(const char *dir, const char *vector, const char *name)
{
	char		path[MAXPGPATH];
	FILE	   *f;
	struct stat st;
	char	   *text;
	size_t		len;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, vector, name);
	f = fopen(path, "rb");
	if (f == NULL || fstat(fileno(f), &st) != 0)
		return NULL;
	text = palloc(st.st_size + 1);
	len = fread(text, 1, st.st_size, f);
	fclose(f);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return text;
}

/* "name": "value" out of context.json, which is flat enough for this. */
static char *
context_string(const char *context, const char *name)
{
	char		pattern[80];
	const char *p;
	const char *end;

	snprintf(pattern, sizeof(pattern), "\"%s\": \"", name);
	p = strstr(context, pattern);
	if (p == NULL)
		return NULL;
	p += strlen(pattern);
	end = strchr(p, '"');
	return end ? pnstrdup(p, end - p) : NULL;
}

/* 2015-08-30T12:36:00Z becomes 20150830T123600Z. */
static char *
basic_format(const char *timestamp)
{
	char	   *out = palloc(strlen(timestamp) + 1);
	char	   *dst = out;

	for (; *timestamp; timestamp++)
	{
		if (*timestamp != '-' && *timestamp != ':')
			*dst++ = *timestamp;
	}
	*dst = '\0';
	return out;
}

/* Takes an HTTP request apart, in place. */
static int
parse_request(char *text, DdbSigv4Header *headers, const char **body)
{
	int			n = 0;
	char	   *line = strchr(text, '\n');	/* behind "POST / HTTP/1.1" */

	*body = "";
	while (line != NULL && *++line != '\0')
	{
		char	   *end = strchr(line, '\n');
		char	   *colon;

		if (end == line)
		{
			*body = line + 1;
			break;
		}
		if (end)
			*end = '\0';
		colon = strchr(line, ':');
		*colon = '\0';
		headers[n].name = line;
		headers[n].value = colon + 1;
		n++;
		line = end;
	}
	return n;
}

static void
check_files(const char *dir, const char *vector)
{
	char	   *context = slurp(dir, vector, "context.json");
	char	   *text = slurp(dir, vector, "request.txt");
	DdbSigv4Header headers[DDB_SIGV4_MAX_HEADERS];
	DdbSigv4Request request;
	char	   *token;
	StringInfoData digest;
	const char *reason;

	if (context == NULL || text == NULL)
	{
		printf("ok %d - %s # SKIP no such vector\n", ++ntests, vector);
		return;
	}

	memset(&request, 0, sizeof(request));
	request.access_key_id = context_string(context, "access_key_id");
	request.secret_access_key = context_string(context, "secret_access_key");
	request.region = context_string(context, "region");
	request.service = context_string(context, "service");
	request.timestamp = basic_format(context_string(context, "timestamp"));
	request.headers = headers;
	request.nheaders = parse_request(text, headers, &request.body);
	request.len = strlen(request.body);

	headers[request.nheaders].name = "X-Amz-Date";
	headers[request.nheaders++].value = request.timestamp;
	token = context_string(context, "token");
	if (token && !strstr(context, "\"omit_session_token\": true"))
	{
		headers[request.nheaders].name = "X-Amz-Security-Token";
		headers[request.nheaders++].value = token;
	}
	if (strstr(context, "\"sign_body\": true"))
	{
		initStringInfo(&digest);
		ok(ddb_sigv4_append_digest(&digest, request.body, request.len,
								   &reason), vector, "body's digest");
		headers[request.nheaders].name = "x-amz-content-sha256";
		headers[request.nheaders++].value = digest.data;
	}

	check(vector, &request,
		  slurp(dir, vector, "header-canonical-request.txt"),
		  slurp(dir, vector, "header-string-to-sign.txt"),
		  slurp(dir, vector, "header-signature.txt"));
}

#define EXAMPLE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static void
check_get_item(void)
{
	static const DdbSigv4Header headers[] = {
		{"Host", "dynamodb.us-east-1.amazonaws.com"},
		{"X-Amz-Target", "DynamoDB_20120810.GetItem"},
		{"Content-Type", "application/x-amz-json-1.0"},
		{"X-Amz-Date", "20260115T083045Z"},
	};
	DdbSigv4Request request = {
		.access_key_id = "AKIDEXAMPLE",
		.secret_access_key = EXAMPLE_SECRET,
		.region = "us-east-1",
		.service = "dynamodb",
		.timestamp = "20260115T083045Z",
		.headers = headers,
		.nheaders = lengthof(headers),
		.body = "{\"TableName\":\"Orders\",\"Key\":{\"id\":{\"S\":\"o-1001\"}},"
		"\"ConsistentRead\":true}",
	};
	StringInfoData buf;
	DdbSigv4Key key;
	const char *reason;

	request.len = strlen(request.body);
	check("GetItem", &request,
		  "POST\n/\n\n"
		  "content-type:application/x-amz-json-1.0\n"
		  "host:dynamodb.us-east-1.amazonaws.com\n"
		  "x-amz-date:20260115T083045Z\n"
		  "x-amz-target:DynamoDB_20120810.GetItem\n\n"
		  "content-type;host;x-amz-date;x-amz-target\n"
		  "80a69bac39d6c00c2be80fe0cf82f1865c8397c541f3638d2dac31d60b8b34ac",
		  "AWS4-HMAC-SHA256\n20260115T083045Z\n"
		  "20260115/us-east-1/dynamodb/aws4_request\n"
		  "659c94cd503d416b2864797f0b66ef7fda246edcd003ac42f01ef0cd4b331a6f",
		  "b7b0812ec9467f9042bcd3113b6955bc27adc2988fd542ee6040ce063fc7131f");

	initStringInfo(&buf);
	memset(&key, 0, sizeof(key));
	ok(ddb_sigv4_append_authorization(&buf, &request, &key, &reason),
	   "GetItem", "header is made");
	is(buf.data,
	   "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/dynamodb/"
	   "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
	   "Signature=b7b0812ec9467f9042bcd3113b6955bc27adc2988fd542ee6040ce063fc"
	   "7131f",
	   "GetItem", "Authorization");
}

static void
check_query_with_token(void)
{
	static const DdbSigv4Header headers[] = {
		{"Host", "123456789012.ddb.eu-central-1.amazonaws.com"},
		{"X-Amz-Target", "DynamoDB_20120810.Query"},
		{"X-Amz-Security-Token",
			"IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////"
		"wEaDGV1LWNlbnRyYWwtMSJIMEYCIQ=="},
		{"Accept-Encoding", "identity"},
		{"Content-Type", "  application/x-amz-json-1.0 "},
		{"X-Amz-Date", "20261110T235959Z"},
	};
	DdbSigv4Request request = {
		.access_key_id = "ASIAEXAMPLETEMPKEY01",
		.secret_access_key = EXAMPLE_SECRET,
		.region = "eu-central-1",
		.service = "dynamodb",
		.timestamp = "20261110T235959Z",
		.headers = headers,
		.nheaders = lengthof(headers),
		.body = "{\"TableName\":\"Orte\","
		"\"KeyConditionExpression\":\"#p = :p\","
		"\"ExpressionAttributeNames\":{\"#p\":\"stadt\"},"
		"\"ExpressionAttributeValues\":"
		"{\":p\":{\"S\":\"Z\xc3\xbcrich \xf0\x9f\x98\x80\"}}}",
	};

	request.len = strlen(request.body);
	check("Query with a session token", &request,
		  "POST\n/\n\n"
		  "accept-encoding:identity\n"
		  "content-type:application/x-amz-json-1.0\n"
		  "host:123456789012.ddb.eu-central-1.amazonaws.com\n"
		  "x-amz-date:20261110T235959Z\n"
		  "x-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////"
		  "wEaDGV1LWNlbnRyYWwtMSJIMEYCIQ==\n"
		  "x-amz-target:DynamoDB_20120810.Query\n\n"
		  "accept-encoding;content-type;host;x-amz-date;"
		  "x-amz-security-token;x-amz-target\n"
		  "531893607a5dac9125b228a517496a0409f3fb44d1f0c4c6663da0b4ccadb69b",
		  "AWS4-HMAC-SHA256\n20261110T235959Z\n"
		  "20261110/eu-central-1/dynamodb/aws4_request\n"
		  "fb25a48a79f245ad297674fb961e68a27898d493ddb76ef350b9fae34d040d78",
		  "852360a28ed95e1fa55b60329cec939b52710f70228036cd9bedc492e01e7bd7");
}

static void
check_list_tables(void)
{
	static const DdbSigv4Header headers[] = {
		{"X-Amz-Target", "DynamoDB_20120810.ListTables"},
		{"X-Amz-Date", "20240229T000000Z"},
		{"Host", "localhost:8000"},
		{"Content-Type", "application/x-amz-json-1.0"},
	};
	DdbSigv4Request request = {
		.access_key_id = "local",
		.secret_access_key = "local",
		.region = "us-west-2",
		.service = "dynamodb",
		.timestamp = "20240229T000000Z",
		.headers = headers,
		.nheaders = lengthof(headers),
		.body = "{}",
		.len = 2,
	};

	check("ListTables with a port", &request,
		  "POST\n/\n\n"
		  "content-type:application/x-amz-json-1.0\n"
		  "host:localhost:8000\n"
		  "x-amz-date:20240229T000000Z\n"
		  "x-amz-target:DynamoDB_20120810.ListTables\n\n"
		  "content-type;host;x-amz-date;x-amz-target\n"
		  "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		  "AWS4-HMAC-SHA256\n20240229T000000Z\n"
		  "20240229/us-west-2/dynamodb/aws4_request\n"
		  "6a25be7655813e20a3b51576337b777338badcb6071bf30dd0d98a424982d65d",
		  "f001e8c7ae6482dc1921e126e59852930c6c16151afb745e9c0e170b87821ca7");
}

int
main(int argc, char **argv)
{
	static const char *const vectors[] = {
		"post-header-key-sort",
		"post-header-value-case",
		"post-sts-header-after",
		"post-sts-header-before",
		"post-vanilla",
		"post-x-www-form-urlencoded",
	};
	const char *dir = argc > 1 ? argv[1] : "test/unit/vectors/sigv4";

	check_get_item();
	check_query_with_token();
	check_list_tables();
	for (size_t i = 0; i < lengthof(vectors); i++)
		check_files(dir, vectors[i]);

	printf("1..%d\n", ntests);
	return nfailed > 0;
}
