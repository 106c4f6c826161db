"""with_sqlalchemy.py
SQLAlchemy over psycopg2: parameters put into the statement by the client, the
inspector, stream_results and yield_per for parts of a result.
"""

import io

import driver

try:
    import psycopg2
    import sqlalchemy
    from sqlalchemy import text
except ImportError as error:
    driver.not_installed("psycopg2 with SQLAlchemy", error)


class Client:
    errors = sqlalchemy.exc.DBAPIError

    def version(self):
        return "psycopg2 %s, SQLAlchemy %s" % (
            psycopg2.__version__.split()[0], sqlalchemy.__version__)

    def state(self, error):
        return error.orig.pgcode

    def recover(self):
        self.connection.rollback()

    def connect(self, request):
        server = driver.server()
        self.schema = request["user"]
        self.engine = sqlalchemy.create_engine(
            sqlalchemy.engine.URL.create(
                "postgresql+psycopg2", request["user"], server["password"],
                server["host"], server["port"], server["dbname"]),
            future=True)
        self.connection = self.engine.connect()

    def run(self, sql, *parameters):
        """A statement and the end of the transaction that it began."""
        result = self.connection.execute(
            text(sql), {"p%d" % n: p for n, p in enumerate(parameters, 1)})
        rows = result.all() if result.returns_rows else None
        self.connection.commit()
        return rows

    @property
    def psycopg2(self):
        """The connection below."""
        return self.connection.connection.dbapi_connection

    def tables(self, _):
        inspector = sqlalchemy.inspect(self.engine)
        names = inspector.get_table_names(self.schema) \
            + inspector.get_foreign_table_names(self.schema) \
            + inspector.get_view_names(self.schema)
        for name in sorted(names):
            inspector.get_pk_constraint(name, self.schema)
            inspector.get_foreign_keys(name, self.schema)
            inspector.get_indexes(name, self.schema)
            inspector.get_table_comment(name, self.schema)
            for column in inspector.get_columns(name, self.schema):
                yield name, column["name"], column["type"]

    def rows(self, request):
        return self.run(request.statement(":p{}"), *request.parameters())

    def prepared(self, request):
        """psycopg2 prepares nothing, so this is SQL's PREPARE."""
        types = ", ".join("timestamptz" if name == "time" else "varchar"
                          for name, _ in request.fields
                          if name in ("text", "time"))
        parameters = request.parameters()
        self.run("PREPARE p (%s) AS %s" % (types, request["sql"]))
        execute = "EXECUTE p (%s)" % ", ".join(
            ":p%d" % (n + 1) for n in range(len(parameters)))
        for _ in range(3):
            rows = self.run(execute, *parameters)
        self.run("DEALLOCATE p")
        return rows

    def part(self, request):
        """By psycopg2, as SQLAlchemy fetches one row ahead of the others."""
        with self.psycopg2.cursor("part") as cursor:
            cursor.execute(request["sql"])
            rows = driver.fetched(request, cursor.fetchmany)
        self.connection.rollback()
        return rows

    limited = part
    fetch = part

    def stream(self, request):
        """As an application iterates, without a thought for sizes."""
        result = self.connection.execute(
            text(request["sql"]).execution_options(stream_results=True))
        rows = []
        for row in result:
            rows.append(row)
            if len(rows) == request.number("take"):
                break
        result.close()
        self.connection.commit()
        return rows

    def hold(self, request):
        with self.psycopg2.cursor("held", withhold=True) as cursor:
            cursor.execute(request["sql"])
            rows = cursor.fetchmany(int(request.number("size")))
            self.psycopg2.commit()
            rows += cursor.fetchall()
        self.connection.commit()
        return rows

    def savepoints(self, request):
        rows = []
        with self.connection.begin():
            for sql in request.all("sql"):
                try:
                    with self.connection.begin_nested():
                        rows += self.connection.execute(text(sql)).all()
                except self.errors as error:
                    rows.append(("error", self.state(error)))
        return rows

    def settings(self, request):
        with self.connection.begin():
            for sql in request.all("set"):
                self.connection.execute(text(sql))
            return self.connection.execute(text(request["sql"])).all()

    def binary(self, request):
        """There are no binary results but COPY's."""
        raw = io.BytesIO()
        with self.psycopg2.cursor() as cursor:
            cursor.copy_expert("COPY (%s) TO STDOUT (FORMAT binary)"
                               % request["sql"], raw)
        self.connection.rollback()
        return [(raw.getvalue().hex(),)]

    def cancel(self, request):
        with driver.cancelling(self.psycopg2.cancel):
            return self.run(request["sql"])

    def timeout(self, request):
        self.connection.execute(text("SET LOCAL statement_timeout = '300ms'"))
        return self.run(request["sql"])


class DiscardingClient(Client):
    """DISCARD ALL can't run in a transaction, and SQLAlchemy begins one."""

    def rows(self, request):
        if not request["sql"].startswith("DISCARD"):
            return super().rows(request)
        self.psycopg2.autocommit = True
        with self.psycopg2.cursor() as cursor:
            cursor.execute(request["sql"])
        self.psycopg2.autocommit = False
        return None


driver.serve(DiscardingClient())
