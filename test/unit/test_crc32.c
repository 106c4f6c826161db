/*-------------------------------------------------------------------------
 *
 * test_crc32.c
 *	  Unit test of src/base/crc32.c, outside the server.  Prints TAP.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres_fe.h"

#include "base/crc32.h"
#include "tap.h"

#define LONGEST 64

/* Bit by bit, as the polynomial is defined. */
static uint32
divide(const char *data, size_t len)
{
	uint32		crc = 0xFFFFFFFF;

	for (size_t i = 0; i < len; i++)
	{
		crc ^= (unsigned char) data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
	}
	return ~crc;
}

/* All lengths at all distances from a word's start. */
static int
count_differences(void)
{
	char		data[LONGEST + 8];
	uint64		chance = 1;
	int			different = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char) tap_random(&chance);
	for (int start = 0; start < 8; start++)
		for (int len = 0; len <= LONGEST; len++)
			different += ddb_crc32_compute(data + start, len) !=
				divide(data + start, len);
	return different;
}

int
main(void)
{
	tap_ok(ddb_crc32_compute("123456789", 9) == 0xCBF43926,
		   "the checksum that every description gives");
	tap_ok(ddb_crc32_compute("", 0) == 0, "that of nothing");
	tap_ok(count_differences() == 0, "all lengths, at all addresses");
	return tap_done();
}
