"""libpq.py
Connections to PostgreSQL, by libpq itself: nothing has to be installed that
the server's own clients don't bring.
"""

import ctypes
import ctypes.util
import os

EMPTY, COMMAND_OK, TUPLES_OK, COPY_IN = 0, 1, 2, 4
SQLSTATE, PRIMARY, DETAIL = ord("C"), ord("M"), ord("D")


def load():
    name = os.environ.get("LIBPQ") or ctypes.util.find_library("pq") \
        or "libpq.so.5"
    library = ctypes.CDLL(name)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, *arguments in (
            ("PQconnectdb", pointer, text),
            ("PQstatus", number, pointer),
            ("PQfinish", None, pointer),
            ("PQexec", pointer, pointer, text),
            ("PQputCopyData", number, pointer, text, number),
            ("PQputCopyEnd", number, pointer, text),
            ("PQgetResult", pointer, pointer),
            ("PQresultStatus", number, pointer),
            ("PQresultErrorField", text, pointer, number),
            ("PQerrorMessage", text, pointer),
            ("PQntuples", number, pointer),
            ("PQnfields", number, pointer),
            ("PQgetisnull", number, pointer, number, number),
            ("PQgetvalue", text, pointer, number, number),
            ("PQcmdStatus", text, pointer),
            ("PQclear", None, pointer)):
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library


pq = load()


class Failure(Exception):
    """What the server reported; state is the SQLSTATE."""

    def __init__(self, state, message, detail=None):
        super().__init__("%s: %s%s" % (state, message, " (%s)" % detail
                                       if detail else ""))
        self.state = state
        self.message = message
        self.detail = detail


class Answer:
    """A command's tag and its rows: tuples of texts, None for NULL."""

    def __init__(self, tag, rows):
        self.tag = tag
        self.rows = rows


class Connection:
    def __init__(self, settings):
        self.settings = settings
        self.link = pq.PQconnectdb(settings.encode())
        if pq.PQstatus(self.link) != 0:
            message = pq.PQerrorMessage(self.link).decode("utf-8", "replace")
            self.close()
            raise Failure("08001", message)

    def close(self):
        if self.link:
            pq.PQfinish(self.link)
        self.link = None

    def is_broken(self):
        return self.link is None or pq.PQstatus(self.link) != 0

    def run(self, sql):
        """Runs one command, or several, of which the last one's answer is
        returned.  Raises Failure."""
        result = pq.PQexec(self.link, sql.encode())
        try:
            status = pq.PQresultStatus(result)
            if status not in (TUPLES_OK, COMMAND_OK, EMPTY):
                raise self.failure(result)
            fields = pq.PQnfields(result)
            rows = [tuple(None if pq.PQgetisnull(result, row, field)
                          else pq.PQgetvalue(result, row, field).decode()
                          for field in range(fields))
                    for row in range(pq.PQntuples(result))]
            return Answer(pq.PQcmdStatus(result).decode(), rows)
        finally:
            pq.PQclear(result)

    def copy(self, sql, data):
        """COPY FROM STDIN of this text."""
        result = pq.PQexec(self.link, sql.encode())
        try:
            if pq.PQresultStatus(result) != COPY_IN:
                raise self.failure(result)
        finally:
            pq.PQclear(result)
        data = data.encode()
        pq.PQputCopyData(self.link, data, len(data))
        pq.PQputCopyEnd(self.link, None)
        answer = failure = None
        while True:
            result = pq.PQgetResult(self.link)
            if not result:
                break
            if pq.PQresultStatus(result) == COMMAND_OK:
                answer = Answer(pq.PQcmdStatus(result).decode(), [])
            else:
                failure = self.failure(result)
            pq.PQclear(result)
        if failure:
            raise failure
        return answer

    def failure(self, result):
        def field(code):
            value = pq.PQresultErrorField(result, code)
            return value.decode("utf-8", "replace") if value else None
        return Failure(field(SQLSTATE) or "08006", field(PRIMARY)
                       or pq.PQerrorMessage(self.link).decode(
                           "utf-8", "replace"), field(DETAIL))
