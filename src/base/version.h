/*-------------------------------------------------------------------------
 *
 * version.h
 *	  The release and the version of the SQL objects.
 *
 * META.json, the control file, CHANGELOG.md and the install script's name
 * repeat these; the lint holds them together.  The SQL version changes only
 * when SQL objects do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DDB_VERSION_H
#define DDB_VERSION_H

#define DDB_VERSION "2.0.0"
#define DDB_SQL_VERSION "2.0"

#endif							/* DDB_VERSION_H */
