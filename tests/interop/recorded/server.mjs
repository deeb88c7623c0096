// SPDX-License-Identifier: MIT
// Answers as the providers' documents show them: whatever was ordered last, to every request, or to
// those of one path.
//
//	node server.mjs          prints "READY URL"
//
//	POST /control/answer?status=200&type=application/json&location=URL    the body is the answer from now on
//	     …&path=/PATH                                                     only there
//	GET  /control/log        what was asked, oldest first
import { createServer } from 'node:http';

const nothing = { status: 404, type: 'text/plain', body: '' };
let answers = {};
const log = [];

async function read(req) {
	let body = '';

	req.setEncoding('utf8');
	for await (const part of req)
		body += part;
	return body;
}

const server = createServer(async (req, res) => {
	const url = new URL(req.url, 'http://127.0.0.1');
	const body = await read(req);

	if (url.pathname === '/control/answer') {
		const path = url.searchParams.get('path') ?? '';

		answers = path === '' ? {} : answers;
		answers[path] = {
			status: Number(url.searchParams.get('status') ?? 200),
			type: url.searchParams.get('type') ?? 'application/json',
			location: url.searchParams.get('location'),
			body,
		};
		res.end();
	} else if (url.pathname === '/control/log') {
		res.end(JSON.stringify(log));
	} else {
		log.push({
			method: req.method,
			path: req.url,
			accept: req.headers.accept,
			agent: req.headers['user-agent'],
			authorization: req.headers.authorization?.split(' ')[0],
			credentials: req.headers.authorization,
			type: req.headers['content-type'],
			body,
			form: Object.fromEntries(new URLSearchParams(body)),
		});
		const answer = answers[url.pathname] ?? answers[''] ?? nothing;

		res.writeHead(answer.status, {
			'content-type': answer.type,
			...(answer.location ? { location: answer.location } : {}),
		});
		res.end(answer.body);
	}
});

process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`READY http://127.0.0.1:${server.address().port}`));
