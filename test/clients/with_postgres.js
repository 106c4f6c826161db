// with_postgres.js
//	postgres.js: one connection, statements prepared by default, cursors.
'use strict';

const driver = require('./driver');
const [postgres] = driver.load('postgres');

class PostgresJs {
	async connect(request) {
		if (this.sql)
			await this.sql.end();
		this.sql = postgres({
			user: request.get('user'), database: 'postgres', max: 1,
			onnotice: () => {}
		});
	}

	recover() {}

	query(sql, parameters = [], on = this.sql) {
		return on.unsafe(sql, parameters, { prepare: true });
	}

	run(sql, parameters, on) {
		return this.query(sql, parameters, on).values();
	}

	async tables(request) {
		const rows = [];

		for (const sql of request.all('sql'))
			rows.push(...await this.run(sql));
		return rows;
	}

	rows(request) {
		return this.run(request.sql, request.parameters);
	}

	async prepared(request) {
		let rows;

		for (let n = 0; n < 3; n++)
			rows = await this.run(request.sql, request.parameters);
		return rows;
	}

	limited(request) {
		const cursor = this.query(request.sql)
			.cursor(request.number('size'))[Symbol.asyncIterator]();
		const rows = driver.fetched(request,
			async () => (await cursor.next()).value.map(Object.values));

		return rows.finally(() => cursor.return());
	}

	fetch(request) {
		return this.limited(request);
	}

	async stream(request) {
		const rows = [];

		for await (const [row] of this.query(request.sql).cursor(1)) {
			rows.push(Object.values(row));
			if (rows.length == request.number('take'))
				break;
		}
		return rows;
	}

	async hold(request) {
		const rows = await this.sql.begin(async (on) => {
			await this.run(`DECLARE held CURSOR WITH HOLD FOR ${request.sql}`,
				[], on);
			return this.run(`FETCH ${request.get('size')} FROM held`, [], on);
		});

		rows.push(...await this.run('FETCH ALL FROM held'));
		await this.run('CLOSE held');
		return rows;
	}

	savepoints(request) {
		return this.sql.begin(async (on) => {
			const rows = [];

			for (const sql of request.all('sql')) {
				try {
					rows.push(...await on.savepoint(
						(inner) => this.run(sql, [], inner)));
				} catch (error) {
					rows.push(['error', error.code]);
				}
			}
			return rows;
		});
	}

	settings(request) {
		return this.sql.begin(async (on) => {
			for (const sql of request.all('set'))
				await this.run(sql, [], on);
			return this.run(request.sql, [], on);
		});
	}

	binary() {
		throw new driver.Lacks('postgres.js asks for results in text only');
	}

	async cancel(request) {
		const running = this.query(request.sql).execute();

		// a rejection before anybody waits for it would end the process
		running.catch(() => {});
		await driver.untilCancelled();
		running.cancel();
		return running;
	}

	timeout(request) {
		return this.sql.begin(async (on) => {
			await this.run("SET LOCAL statement_timeout = '300ms'", [], on);
			return this.run(request.sql, [], on);
		});
	}
}

driver.serve(new PostgresJs(), `${driver.version('postgres')} (postgres.js)`);
