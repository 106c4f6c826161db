/*
 * WithJdbc.java
 *	PostgreSQL's JDBC driver: metadata, setMaxRows, setFetchSize, server-side
 *	prepared statements with binary results from the first execution on
 *	(prepareThreshold=-1), savepoints.  The conversation with session.pl is
 *	described in driver.py.
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Timer;
import java.util.TimerTask;

public class WithJdbc {
	/** A line of the conversation: a verb and its fields. */
	static class Request {
		final String verb;
		final List<String[]> fields = new ArrayList<>();

		Request(String line) {
			String[] words = line.split("\t");

			verb = words[0];
			for (int i = 1; i < words.length; i++) {
				String[] field = words[i].split("=", 2);

				fields.add(new String[] {field[0], unescape(field[1])});
			}
		}

		List<String> all(String name) {
			List<String> values = new ArrayList<>();

			for (String[] field : fields)
				if (field[0].equals(name))
					values.add(field[1]);
			return values;
		}

		String get(String name) {
			return all(name).get(0);
		}

		int number(String name) {
			return Integer.parseInt(get(name));
		}

		/** The statement, with the parameters that it is to have. */
		PreparedStatement prepare(Connection connection) throws SQLException {
			PreparedStatement statement = connection.prepareStatement(
				get("sql").replaceAll("\\$\\d", "?"));
			int n = 0;

			for (String[] field : fields) {
				if (field[0].equals("text"))
					statement.setString(++n, field[1]);
				else if (field[0].equals("time"))
					statement.setObject(++n, OffsetDateTime.parse(field[1]));
			}
			return statement;
		}
	}

	static final PrintStream out =
		new PrintStream(System.out, false, StandardCharsets.UTF_8);

	String user;
	Connection connection;

	static String escape(String value) {
		if (value == null)
			return "\\N";
		return value.replace("\\", "\\\\").replace("\t", "\\t")
			.replace("\n", "\\n").replace("\r", "\\r");
	}

	static String unescape(String text) {
		StringBuilder value = new StringBuilder();

		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);

			if (c == '\\') {
				c = text.charAt(++i);
				c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
			}
			value.append(c);
		}
		return value.toString();
	}

	static void say(String... words) {
		out.println(String.join("\t", words));
	}

	static void row(Object... values) {
		StringBuilder line = new StringBuilder("row");

		for (Object value : values)
			line.append('\t')
				.append(escape(value == null ? null : value.toString()));
		say(line.toString());
	}

	/** Says the result's next rows, at most so many; false at its end. */
	static boolean rows(ResultSet result, int most) throws SQLException {
		int columns = result.getMetaData().getColumnCount();

		for (int n = 0; n < most; n++) {
			Object[] values = new Object[columns];

			if (!result.next())
				return false;
			for (int i = 0; i < columns; i++)
				values[i] = result.getString(i + 1);
			row(values);
		}
		return true;
	}

	static void allRows(ResultSet result) throws SQLException {
		rows(result, Integer.MAX_VALUE);
		result.close();
	}

	Connection open(String... more) throws SQLException {
		Properties settings = new Properties();

		settings.setProperty("user", user);
		settings.setProperty("password", System.getenv("PGPASSWORD"));
		settings.setProperty("prepareThreshold", "-1");
		for (int i = 0; i < more.length; i += 2)
			settings.setProperty(more[i], more[i + 1]);
		return DriverManager.getConnection("jdbc:postgresql://"
			+ System.getenv("PGHOST") + ":" + System.getenv("PGPORT")
			+ "/postgres", settings);
	}

	void connect(Request request) throws SQLException {
		if (connection != null)
			connection.close();
		user = request.get("user");
		connection = open();
	}

	void tables(Request request) throws SQLException {
		var metadata = connection.getMetaData();
		var tables = metadata.getTables(null, user, "%", null);

		while (tables.next()) {
			String name = tables.getString("TABLE_NAME");

			metadata.getPrimaryKeys(null, user, name).close();
			metadata.getIndexInfo(null, user, name, false, true).close();
			metadata.getBestRowIdentifier(null, user, name, 0, true).close();
		}
		var columns = metadata.getColumns(null, user, "%", "%");
		while (columns.next())
			row(columns.getString("TABLE_NAME"),
				columns.getString("COLUMN_NAME"),
				columns.getString("TYPE_NAME"));
		columns.close();
	}

	/** A statement's description is asked for before it is executed. */
	void rows(Request request) throws SQLException {
		try (PreparedStatement statement = request.prepare(connection)) {
			statement.getMetaData();
			statement.getParameterMetaData();
			if (statement.execute())
				allRows(statement.getResultSet());
		}
	}

	void prepared(Request request) throws SQLException {
		try (PreparedStatement statement = request.prepare(connection)) {
			statement.executeQuery().close();
			statement.executeQuery().close();
			allRows(statement.executeQuery());
		}
	}

	void limited(Request request) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.setMaxRows(request.number("size"));
			allRows(statement.executeQuery(request.get("sql")));
		}
	}

	void fetch(Request request) throws Exception {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.setFetchSize(request.number("size"));
			ResultSet result = statement.executeQuery(request.get("sql"));

			for (int n = 0; n < request.number("times"); n++) {
				if (n > 0)
					Thread.sleep((long)
						(1000 * Double.parseDouble(request.get("pause"))));
				rows(result, request.number("size"));
			}
			result.close();
		}
		connection.setAutoCommit(true);
	}

	void stream(Request request) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.setFetchSize(1);
			ResultSet result = statement.executeQuery(request.get("sql"));

			rows(result, request.number("take"));
			result.close();
		}
		connection.setAutoCommit(true);
	}

	void hold(Request request) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement(
				 ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY,
				 ResultSet.HOLD_CURSORS_OVER_COMMIT)) {
			statement.setFetchSize(request.number("size"));
			ResultSet result = statement.executeQuery(request.get("sql"));

			rows(result, request.number("size"));
			connection.commit();
			allRows(result);
		}
		connection.setAutoCommit(true);
	}

	void savepoints(Request request) throws SQLException {
		connection.setAutoCommit(false);
		for (String sql : request.all("sql")) {
			Savepoint savepoint = connection.setSavepoint();

			try (Statement statement = connection.createStatement()) {
				allRows(statement.executeQuery(sql));
				connection.releaseSavepoint(savepoint);
			} catch (SQLException error) {
				row("error", error.getSQLState());
				connection.rollback(savepoint);
			}
		}
		connection.commit();
		connection.setAutoCommit(true);
	}

	/** DateStyle stays ISO: the driver breaks a connection off without. */
	void settings(Request request) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			for (String sql : request.all("set"))
				if (!sql.contains("DateStyle"))
					statement.execute(sql);
			allRows(statement.executeQuery(request.get("sql")));
		}
		connection.commit();
		connection.setAutoCommit(true);
	}

	void binary(Request request) throws SQLException {
		try (PreparedStatement statement = request.prepare(connection)) {
			allRows(statement.executeQuery());
		}
	}

	void cancel(Request request) throws SQLException {
		Timer timer = new Timer(true);

		try (Statement statement = connection.createStatement()) {
			timer.schedule(new TimerTask() {
				@Override
				public void run() {
					try {
						statement.cancel();
					} catch (SQLException error) {
						error.printStackTrace();
					}
				}
			}, 500);
			allRows(statement.executeQuery(request.get("sql")));
		} finally {
			timer.cancel();
		}
	}

	void timeout(Request request) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.setQueryTimeout(1);
			allRows(statement.executeQuery(request.get("sql")));
		}
	}

	void answer(Request request) throws Exception {
		switch (request.verb) {
			case "connect" -> connect(request);
			case "tables" -> tables(request);
			case "rows" -> rows(request);
			case "prepared" -> prepared(request);
			case "limited" -> limited(request);
			case "fetch" -> fetch(request);
			case "stream" -> stream(request);
			case "hold" -> hold(request);
			case "savepoints" -> savepoints(request);
			case "settings" -> settings(request);
			case "binary" -> binary(request);
			case "cancel" -> cancel(request);
			case "timeout" -> timeout(request);
			default -> throw new IllegalArgumentException(request.verb);
		}
	}

	void serve() throws Exception {
		var lines = new BufferedReader(
			new InputStreamReader(System.in, StandardCharsets.UTF_8));
		String line;

		while ((line = lines.readLine()) != null) {
			try {
				answer(new Request(line));
				say("done");
			} catch (SQLException error) {
				say("error", String.valueOf(error.getSQLState()),
					escape(error.getMessage()));
				if (connection != null && !connection.getAutoCommit()) {
					connection.rollback();
					connection.setAutoCommit(true);
				}
			}
			out.flush();
		}
	}

	public static void main(String[] arguments) throws Exception {
		say("ready", "JDBC " + org.postgresql.Driver.class.getPackage()
			.getImplementationVersion());
		out.flush();
		new WithJdbc().serve();
	}
}
