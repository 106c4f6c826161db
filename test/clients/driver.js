// driver.js
//	What the drivers in JavaScript share: the conversation with session.pl,
//	which driver.py describes.  A driver is an object with a method for each
//	verb, which gets a Request and returns a promise of rows.
'use strict';

const path = require('path');
const readline = require('readline');
const timers = require('timers/promises');

const ESCAPES = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const UNESCAPES = { t: '\t', n: '\n', r: '\r' };

class Lacks extends Error {}

class Request {
	constructor(line) {
		const [verb, ...fields] = line.split('\t');

		this.verb = verb;
		this.fields = fields.map((field) => {
			const at = field.indexOf('=');
			const value = field.slice(at + 1)
				.replace(/\\(.)/g, (_, c) => UNESCAPES[c] || c);

			return [field.slice(0, at), value];
		});
	}

	all(name) {
		return this.fields.filter(([n]) => n === name).map(([, v]) => v);
	}

	get(name) {
		return this.all(name)[0];
	}

	get sql() {
		return this.get('sql');
	}

	number(name) {
		return Number(this.get(name));
	}

	// Of $1, $2 ..., in JavaScript's types.
	get parameters() {
		return this.fields
			.filter(([n]) => n === 'text' || n === 'time')
			.map(([n, v]) => (n === 'time' ? new Date(v) : v));
	}
}

function text(value) {
	if (value === null || value === undefined)
		return '\\N';
	if (value instanceof Date)
		value = value.toISOString();
	else if (Buffer.isBuffer(value))
		value = value.toString('hex');
	else if (typeof value === 'object')
		value = JSON.stringify(value);
	return String(value).replace(/[\\\t\n\r]/g, (c) => ESCAPES[c]);
}

function say(...words) {
	process.stdout.write(words.join('\t') + '\n');
}

// A fetch of some rows, again and again, with pauses in between.
async function fetched(request, fetch) {
	const rows = [];

	for (let n = 0; n < request.number('times'); n++) {
		if (n > 0)
			await timers.setTimeout(1000 * request.number('pause'));
		rows.push(...await fetch(request.number('size')));
	}
	return rows;
}

// What an application without a client's help does between two statements.
const untilCancelled = () => timers.setTimeout(500);

async function answer(client, request) {
	try {
		for (const row of await client[request.verb](request) || [])
			say('row', ...row.map(text));
		say('done');
	} catch (error) {
		if (error instanceof Lacks) {
			say('lacks', text(error.message));
			return;
		}
		if (!error.code)
			console.error(error);
		say('error', error.code || 'driver', text(error.message));
		await client.recover();
	}
}

async function serve(client, version) {
	say('ready', version);
	for await (const line of readline.createInterface(process.stdin))
		await answer(client, new Request(line));
	process.exit();
}

function load(...modules) {
	try {
		return modules.map((name) => require(name));
	} catch (error) {
		if (error.code !== 'MODULE_NOT_FOUND')
			throw error;
		say('lacks', `${modules.join(' or ')} isn't installed`);
		process.exit();
	}
}

// Of a module that has been loaded.
function version(name) {
	const folder = path.join('node_modules', name);
	const file = require.resolve(name);
	const root = file.slice(0, file.lastIndexOf(folder) + folder.length);

	return `${name} ${require(path.join(root, 'package.json')).version}`;
}

module.exports =
	{ Lacks, fetched, load, say, serve, untilCancelled, version };
