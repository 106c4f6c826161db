"""with_pyodbc.py
psqlODBC through pyodbc: catalog functions, cursors of Fetch rows
(UseDeclareFetch), parameters bound by the server, a savepoint for each
statement (Protocol 7.4-2).
"""

import contextlib

import driver

try:
    import pyodbc
except ImportError as error:
    driver.not_installed("pyodbc", error)

DRIVER = "PostgreSQL Unicode"
FETCH = 100
PGOPT_FETCH = 65541             # psqlODBC's own attribute

if DRIVER not in pyodbc.drivers():
    driver.not_installed("psqlODBC", "no driver \"%s\"" % DRIVER)


class Client:
    errors = pyodbc.Error

    def version(self):
        with contextlib.closing(self.open("ordinary")) as connection:
            return "psqlODBC %s, pyodbc %s" % (
                connection.getinfo(pyodbc.SQL_DRIVER_VER), pyodbc.version)

    def state(self, error):
        return error.args[0]

    def recover(self):
        self.connection.rollback()
        self.connection.autocommit = True

    def open(self, user):
        server = driver.server()
        settings = {"Driver": DRIVER, "Server": server["host"],
                    "Port": server["port"], "Database": server["dbname"],
                    "Uid": user, "Pwd": server["password"],
                    "UseDeclareFetch": 1, "Fetch": FETCH,
                    "UseServerSidePrepare": 1, "Protocol": "7.4-2"}
        return pyodbc.connect(
            ";".join("%s=%s" % item for item in settings.items()),
            autocommit=True)

    def connect(self, request):
        self.user = request["user"]
        self.connection = self.open(self.user)

    def tables(self, _):
        cursor = self.connection.cursor()
        rows = []
        for table in sorted(row.table_name for row
                            in cursor.tables(schema=self.user).fetchall()):
            cursor.primaryKeys(table, schema=self.user).fetchall()
            cursor.statistics(table, schema=self.user).fetchall()
            for column in cursor.columns(table, schema=self.user).fetchall():
                rows.append((table, column.column_name, column.type_name))
        return rows

    def run(self, sql, *parameters):
        with contextlib.closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, *parameters)
            return cursor.fetchall() if cursor.description else None

    def rows(self, request):
        return self.run(request.statement("?"), *request.parameters())

    def prepared(self, request):
        with contextlib.closing(self.connection.cursor()) as cursor:
            for _ in range(3):
                cursor.execute(request.statement("?"), *request.parameters())
                rows = cursor.fetchall()
        return rows

    def limited(self, request):
        self.connection.set_attr(PGOPT_FETCH, int(request.number("size")))
        try:
            return self.fetch(request)
        finally:
            self.connection.set_attr(PGOPT_FETCH, FETCH)

    def fetch(self, request):
        cursor = self.connection.cursor()
        cursor.execute(request["sql"])
        rows = driver.fetched(request, cursor.fetchmany)
        cursor.close()
        return rows

    def stream(self, request):
        cursor = self.connection.cursor()
        cursor.execute(request["sql"])
        rows = [cursor.fetchone() for _ in range(int(request.number("take")))]
        cursor.close()
        return rows

    def hold(self, request):
        self.connection.autocommit = False
        cursor = self.connection.cursor()
        cursor.execute(request["sql"])
        rows = cursor.fetchmany(int(request.number("size")))
        self.connection.commit()
        rows += cursor.fetchall()
        cursor.close()
        self.connection.autocommit = True
        return rows

    def savepoints(self, request):
        """The driver sets them by itself (Protocol 7.4-2)."""
        self.connection.autocommit = False
        rows = []
        for sql in request.all("sql"):
            try:
                rows += self.run(sql)
            except pyodbc.Error as error:
                rows.append(("error", self.state(error)))
        self.connection.commit()
        self.connection.autocommit = True
        return rows

    def settings(self, request):
        self.connection.autocommit = False
        for sql in request.all("set"):
            self.run(sql)
        rows = self.run(request["sql"])
        self.connection.commit()
        self.connection.autocommit = True
        return rows

    def binary(self, _):
        raise driver.Lacks("psqlODBC asks for results in text only")

    def cancel(self, request):
        cursor = self.connection.cursor()
        with driver.cancelling(cursor.cancel):
            cursor.execute(request["sql"])
            return cursor.fetchall()

    def timeout(self, request):
        self.run("SET statement_timeout TO '300ms'")
        try:
            return self.run(request["sql"])
        finally:
            self.run("RESET statement_timeout")


driver.serve(Client())
