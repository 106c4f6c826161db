/*-------------------------------------------------------------------------
 *
 * crc32.c
 *	  The CRC-32 of zip, Ethernet and DynamoDB's answers.
 *
 * Every answer's bytes go through this, so it is the slicing-by-8 algorithm,
 * as in the server's pg_crc32c_sb8.c, whose polynomial is another one.  The
 * server's own routine for this polynomial takes byte after byte: with it,
 * half of the time of a scan went into checksums.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FRONTEND
#include "postgres.h"
#else
#include "postgres_fe.h"
#endif

#include "base/crc32.h"
#include "port/pg_bswap.h"

/* x^32 + x^26 + x^23 + ... + 1, the highest power in the lowest bit */
#define POLYNOMIAL 0xEDB88320

/*
 * table[n][b] is what a byte b does to the checksum if n bytes follow it.
 */
static uint32 table[8][256];

static void
fill_table(void)
{
	for (uint32 b = 0; b < 256; b++)
	{
		uint32		crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
		table[0][b] = crc;
	}
	for (int n = 1; n < 8; n++)
		for (int b = 0; b < 256; b++)
			table[n][b] = (table[n - 1][b] >> 8) ^
				table[0][table[n - 1][b] & 0xFF];
}

/* Eight bytes as a number, the first one lowest. */
static inline uint64
load_word(const char *p)
{
	uint64		word;

	memcpy(&word, p, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

/*
 * The checksum of data[0..len).
 */
uint32
ddb_crc32_compute(const char *data, size_t len)
{
	const char *p = data;
	const char *end = data + len;
	uint32		crc = 0xFFFFFFFF;

	if (table[0][1] == 0)
		fill_table();
	for (; end - p >= 8; p += 8)
	{
		uint64		word = load_word(p) ^ crc;

		crc = table[7][word & 0xFF] ^
			table[6][(word >> 8) & 0xFF] ^
			table[5][(word >> 16) & 0xFF] ^
			table[4][(word >> 24) & 0xFF] ^
			table[3][(word >> 32) & 0xFF] ^
			table[2][(word >> 40) & 0xFF] ^
			table[1][(word >> 48) & 0xFF] ^
			table[0][word >> 56];
	}
	for (; p < end; p++)
		crc = (crc >> 8) ^ table[0][(crc ^ (unsigned char) *p) & 0xFF];
	return ~crc;
}
