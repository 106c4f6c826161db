// with_pg.js
//	node-postgres, with pg-cursor for parts of a result.
'use strict';

const driver = require('./driver');
const [{ Client }, Cursor] = driver.load('pg', 'pg-cursor');

class Pg {
	async connect(request) {
		if (this.client)
			await this.client.end();
		this.user = request.get('user');
		this.client = await this.open();
	}

	async open() {
		const client = new Client({ user: this.user, database: 'postgres' });

		await client.connect();
		return client;
	}

	async recover() {
		await this.client.query('ROLLBACK');
	}

	async run(text, values, more) {
		const query = { text, values, rowMode: 'array', ...more };

		return (await this.client.query(query)).rows;
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
			rows = await this.run(request.sql, request.parameters,
				{ name: 'prepared' });
		return rows;
	}

	async limited(request) {
		const cursor = this.client.query(
			new Cursor(request.sql, [], { rowMode: 'array' }));
		const rows = await driver.fetched(request, (n) => cursor.read(n));

		await cursor.close();
		return rows;
	}

	fetch(request) {
		return this.limited(request);
	}

	// An application that looks at one row after another.
	async stream(request) {
		const cursor = this.client.query(
			new Cursor(request.sql, [], { rowMode: 'array' }));
		const rows = [];

		while (rows.length < request.number('take'))
			rows.push(...await cursor.read(1));
		await cursor.close();
		return rows;
	}

	async hold(request) {
		await this.run('BEGIN');
		await this.run(`DECLARE held CURSOR WITH HOLD FOR ${request.sql}`);
		const rows = await this.run(`FETCH ${request.get('size')} FROM held`);

		await this.run('COMMIT');
		rows.push(...await this.run('FETCH ALL FROM held'));
		await this.run('CLOSE held');
		return rows;
	}

	async savepoints(request) {
		const rows = [];

		await this.run('BEGIN');
		for (const sql of request.all('sql')) {
			await this.run('SAVEPOINT s');
			try {
				rows.push(...await this.run(sql));
				await this.run('RELEASE SAVEPOINT s');
			} catch (error) {
				rows.push(['error', error.code]);
				await this.run('ROLLBACK TO SAVEPOINT s');
			}
		}
		await this.run('COMMIT');
		return rows;
	}

	async settings(request) {
		await this.run('BEGIN');
		for (const sql of request.all('set'))
			await this.run(sql);
		const rows = await this.run(request.sql);

		await this.run('COMMIT');
		return rows;
	}

	binary(request) {
		return this.run(request.sql, [], { binary: true });
	}

	// It has no call for that: another connection does it.
	async cancel(request) {
		const other = await this.open();
		const running = this.run(request.sql);

		// a rejection before anybody waits for it would end the process
		running.catch(() => {});
		await driver.untilCancelled();
		await other.query('SELECT pg_cancel_backend($1)',
			[this.client.processID]);
		await other.end();
		return running;
	}

	async timeout(request) {
		await this.run("SET statement_timeout = '300ms'");
		try {
			return await this.run(request.sql);
		} finally {
			await this.run('RESET statement_timeout');
		}
	}
}

driver.serve(new Pg(),
	`${driver.version('pg')}, ${driver.version('pg-cursor')}`);
