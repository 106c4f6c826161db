"""with_psycopg.py
psycopg 3: parameters bound by the server, named cursors for parts of a
result, stream() for rows one by one, binary results, nested transactions as
savepoints.
"""

import driver

try:
    import psycopg
    from psycopg import pq
except ImportError as error:
    driver.not_installed("psycopg", error)


class Client:
    errors = psycopg.Error

    def version(self):
        return "psycopg %s, libpq %d" % (psycopg.__version__,
                                         pq.version() // 10000)

    def state(self, error):
        return error.sqlstate

    def recover(self):
        self.connection.rollback()
        self.connection.autocommit = True

    def connect(self, request):
        self.connection = psycopg.connect(user=request["user"],
                                          autocommit=True, **driver.server())

    def tables(self, request):
        return [row for sql in request.all("sql")
                for row in self.connection.execute(sql)]

    def rows(self, request):
        cursor = self.connection.execute(request.statement("%s"),
                                         request.parameters())
        return cursor.fetchall() if cursor.description else None

    def prepared(self, request):
        for _ in range(3):
            cursor = self.connection.execute(
                request.statement("%s"), request.parameters(), prepare=True)
            rows = cursor.fetchall()
        return rows

    def part(self, request, name="part", **how):
        with self.connection.transaction(), \
                self.connection.cursor(name=name, **how) as cursor:
            cursor.execute(request["sql"])
            return driver.fetched(request, cursor.fetchmany)

    limited = part
    fetch = part

    def stream(self, request):
        """The client takes some rows of a result that comes as a whole."""
        cursor = self.connection.cursor()
        rows = []
        stream = cursor.stream(request["sql"])
        for row in stream:
            rows.append(row)
            if len(rows) == request.number("take"):
                break
        stream.close()
        return rows

    def hold(self, request):
        self.connection.autocommit = False
        with self.connection.cursor(name="held", withhold=True) as cursor:
            cursor.execute(request["sql"])
            rows = cursor.fetchmany(int(request.number("size")))
            self.connection.commit()
            rows += cursor.fetchall()
        self.connection.commit()
        self.connection.autocommit = True
        return rows

    def savepoints(self, request):
        rows = []
        with self.connection.transaction():
            for sql in request.all("sql"):
                try:
                    with self.connection.transaction():
                        rows += self.connection.execute(sql).fetchall()
                except psycopg.Error as error:
                    rows.append(("error", error.sqlstate))
        return rows

    def settings(self, request):
        with self.connection.transaction():
            for sql in request.all("set"):
                self.connection.execute(sql)
            return self.connection.execute(request["sql"]).fetchall()

    def binary(self, request):
        return self.connection.execute(request["sql"], binary=True).fetchall()

    def cancel(self, request):
        with driver.cancelling(self.connection.cancel):
            return self.connection.execute(request["sql"]).fetchall()

    def timeout(self, request):
        with self.connection.transaction():
            self.connection.execute("SET LOCAL statement_timeout = '300ms'")
            return self.connection.execute(request["sql"]).fetchall()


driver.serve(Client())
