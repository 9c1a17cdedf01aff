/* welcome.js - asks for /api/status while the page is visible, and shows it.
 *
 * All text comes in through textContent. An instance may have 65536 servers:
 * only the first of each worker, and the first workers of each group, get
 * elements; the rest is a count, and the plain table has them all.
 */
"use strict";

const PERIOD_MS = 1500;         // between two answers
const PATIENCE = 4;             // and at least so many times what the last one took
const TIMEOUT_MS = 15000;
const SERVERS_SHOWN = 60;       // of a worker
const WORKERS_SHOWN = 40;       // of a group
const CELL_ROWS = 14, CELLS = 20; // the lights beside the title
const CELLS_LARGE = 10;
const DEATHS_SHOWN = 5;
const SAMPLES = 80;             // of the curve

const COLOURS = {
	blue: "#2b7de9", yellow: "#e0a800", green: "#2e9e4f", red: "#d9363e", orange: "#e8731a",
	purple: "#8e4ec6", magenta: "#c2298a", cyan: "#1597a5", white: "#a0a0a0", black: "#606060",
};

const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/* A new element with its class and text. */
function make(tag, className, text) {
	const element = document.createElement(tag);

	if (className)
		element.className = className;
	if (text !== undefined)
		element.textContent = text;
	return element;
}

function setText(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

function count(n, word) {
	return `${number.format(n)} ${word}${n === 1 ? "" : "s"}`;
}

function duration(seconds) {
	const s = Math.floor(seconds);

	if (s < 60)
		return `${s} s`;
	if (s < 3600)
		return `${Math.floor(s / 60)} min ${s % 60} s`;
	if (s < 86400)
		return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
	return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

/* The same for a name as on the pages of the servers themselves. */
function colourOf(name) {
	let hash = 5381;

	if (Object.hasOwn(COLOURS, name))
		return COLOURS[name];
	for (const byte of new TextEncoder().encode(name))
		hash = (Math.imul(hash, 33) + byte) >>> 0;
	return `hsl(${hash % 360} 65% 48%)`;
}

/* A wildcard address is reached by the name that this page was reached by. */
function linkOf(server) {
	if (!server.url.startsWith("http://"))
		return null;
	if (server.ip === "0.0.0.0" || server.ip === "::")
		return `http://${location.hostname}:${server.port}/`;
	return server.url;
}

/* The map ------------------------------------------------------------------ */

function makeServer(server) {
	const link = linkOf(server);
	const element = make(link ? "a" : "span", "server");
	const label = make("span", "", server.port ? String(server.port) : server.ip);
	const requests = make("small");
	const item = make("li");
	const cell = make("i");

	if (link)
		element.href = link;
	element.append(label, requests);
	item.append(element);
	return { item, element, requests, cell, seen: server.requests };
}

function updateServer(view, server, most) {
	const heat = most > 0 ? (server.requests - view.seen) / most : 0;

	setText(view.requests, `${short.format(server.requests)} req`);
	view.element.title = `${server.url} · ${server.app} · ${count(server.requests, "request")}, ` +
		`${server.active} active`;
	for (const element of [view.element, view.cell])
		element.style.setProperty("--heat", Math.max(0, Math.min(1, heat)).toFixed(3));
	view.seen = server.requests;
}

function more(n, word) {
	const text = make("span", "more", `and ${count(n, word)} more in `);
	const link = make("a", "", "the plain table");

	link.href = "workers";
	text.append(link);
	return text;
}

function makeWorker(worker) {
	const element = make("div", "worker");
	const about = make("div");
	const title = make("h4", "", `Worker ${worker.START_SEQUENCE_NUM}`);
	const state = make("span", "state");
	const facts = make("p", "facts"), rest = make("p", "facts");
	const list = make("ul", "servers");
	const servers = worker.servers.slice(0, SERVERS_SHOWN).map(makeServer);
	const hidden = worker.servers.length - servers.length;

	title.append(state);
	about.append(title, facts, rest);
	list.classList.toggle("wide", worker.servers.some((server) => !server.port));
	list.append(...servers.map((view) => view.item));
	if (hidden > 0) {
		const item = make("li", "more");

		item.append(more(hidden, "server"));
		list.append(item);
	}
	element.append(about, list);
	return { element, state, facts, rest, servers };
}

function updateWorker(view, worker, most) {
	const requests = worker.servers.reduce((sum, server) => sum + server.requests, 0);
	const next = worker.next_try_s === undefined ? "" : ` · next try in ${worker.next_try_s.toFixed(1)} s`;

	setText(view.state, worker.state);
	view.state.dataset.state = worker.state;
	setText(view.facts, `core ${worker.core} · ${worker.pid ? `pid ${worker.pid}` : "no process"}` +
		(worker.uptime_s === null ? next : ` · ${duration(worker.uptime_s)}`));
	setText(view.rest, `${count(requests, "request")} · ${count(worker.restarts, "restart")}`);
	view.servers.forEach((server, i) => updateServer(server, worker.servers[i], most));
}

function makeGroup(name, group, workers) {
	const element = make("section", "group");
	const header = make("header");
	const facts = make("p", "facts");
	const views = workers.slice(0, WORKERS_SHOWN).map(makeWorker);

	element.style.setProperty("--group", group ? colourOf(name) : "#888");
	header.append(make("h3", "", name), facts);
	element.append(header, ...views.map((view) => view.element));
	if (workers.length > views.length) {
		const rest = make("p", "more");

		rest.append(more(workers.length - views.length, "worker"));
		element.append(rest);
	}
	return { element, facts, views };
}

/* The most that one of the servers shown got since the last look. */
function mostOf(view, workers) {
	let most = 0;

	view.views.forEach((worker, w) => worker.servers.forEach((server, s) => {
		most = Math.max(most, workers[w].servers[s].requests - server.seen);
	}));
	return most;
}

function updateGroup(view, group, workers) {
	const most = mostOf(view, workers);

	if (group) {
		const kind = group.shared ? "shared by all its workers" : count(group.servers, "server");

		setText(view.facts, `${group.ip} · ports ${group.ports} · ${kind} · ` +
			count(group.requests, "request"));
	}
	view.views.forEach((worker, i) => updateWorker(worker, workers[i], most));
}

/* By group, in the order of the config; workers without one last. */
function groupsOf(status) {
	const groups = status.groups.map((group) => ({ name: group.name, group, workers: [] }));
	const byName = new Map(groups.map((entry) => [entry.name, entry]));
	const free = { name: "in no group", group: null, workers: [] };

	for (const worker of status.workers)
		(byName.get(worker.group) || free).workers.push(worker);
	return free.workers.length > 0 ? [...groups, free] : groups;
}

/* What the elements were made for: an instance that was started anew may have
 * another plan. */
function shapeOf(entries) {
	return JSON.stringify(entries.map(({ name, workers }) =>
		[name, workers.map((worker) => [worker.START_SEQUENCE_NUM,
			worker.servers.map((server) => server.url)])]));
}

/* The lights: a row for each of the first workers. */
function makeCells(views) {
	const rows = views.flatMap((group) => group.views.map((worker) => {
		const row = make("div");

		row.style.setProperty("--group", group.element.style.getPropertyValue("--group"));
		row.append(...worker.servers.slice(0, CELLS).map((server) => server.cell));
		return row;
	})).filter((row) => row.children.length > 0).slice(0, CELL_ROWS);

	byId("cells").classList.toggle("many", rows.length > CELLS_LARGE ||
		rows.some((row) => row.children.length > CELLS_LARGE));
	byId("cells").replaceChildren(...rows);
}

const map = { shape: "", views: [] };

function showMap(status) {
	const entries = groupsOf(status);
	const shape = shapeOf(entries);

	if (shape !== map.shape) {
		map.shape = shape;
		map.views = entries.map(({ name, group, workers }) => makeGroup(name, group, workers));
		byId("groups").replaceChildren(...map.views.map((view) => view.element));
		makeCells(map.views);
	}
	entries.forEach(({ group, workers }, i) => updateGroup(map.views[i], group, workers));
}

/* Totals, curve, deaths ---------------------------------------------------- */

const curve = { rates: [], requests: null, at: 0, pid: 0 };

/* Requests a second since the last look; null at the first one. */
function rateOf(status, requests, now) {
	const first = curve.requests === null || curve.pid !== status.manager.pid;
	const rate = first ? null : Math.max(0, (requests - curve.requests) / (now - curve.at) * 1000);

	if (first)
		curve.rates = [];
	Object.assign(curve, { requests, at: now, pid: status.manager.pid });
	return rate;
}

function drawCurve(rate) {
	curve.rates = [...curve.rates, rate].slice(-SAMPLES);
	const top = Math.max(1, ...curve.rates);
	const points = curve.rates.map((value, i) => {
		const x = 600 - (curve.rates.length - 1 - i) * 600 / (SAMPLES - 1);

		return `${x.toFixed(1)} ${(57 - 52 * value / top).toFixed(1)}`;
	});
	const first = points[0].split(" ")[0];

	byId("pulse-line").setAttribute("d", `M${points.join("L")}`);
	byId("pulse-area").setAttribute("d", `M${first} 60L${points.join("L")}L600 60Z`);
	byId("pulse").toggleAttribute("hidden", curve.rates.length < 2);
}

function showTotals(status, now) {
	const servers = status.groups.reduce((sum, group) => sum + group.servers, 0);
	const requests = status.groups.reduce((sum, group) => sum + group.requests, 0);
	const ready = status.workers.filter((worker) => worker.state === "ready").length;
	const rate = rateOf(status, requests, now);

	setText(byId("name"), status.name);
	setText(byId("version"), `eisen ${status.version}`);
	document.title = `${status.name} · eisen`;
	setText(byId("total-servers"), number.format(servers));
	setText(byId("total-workers"), `${ready}/${status.workers.length}`);
	setText(byId("total-requests"), requests < 1e7 ? number.format(requests) : short.format(requests));
	setText(byId("total-uptime"), duration(status.manager.uptime_s || 0));
	setText(byId("total-rate"), rate === null ? "–" : number.format(rate));
	byId("totals").hidden = false;
	if (rate !== null)
		drawCurve(rate);
}

function deathText(death) {
	const who = death.role === "worker" ? `Worker ${death.START_SEQUENCE_NUM}` : `The ${death.role} process`;
	const how = death.signal ? `killed by ${death.signal}` : `ended with exit status ${death.exit_code}`;

	return `${who}, pid ${death.dead_pid}, ${how} after ${duration(death.uptime_s)}` +
		(death.planned ? ", as planned" : "");
}

function showDeaths(status) {
	const list = byId("deaths-list");
	const texts = status.deaths.slice(-DEATHS_SHOWN).reverse().map(deathText);
	const old = [...list.children].map((item) => item.textContent);

	byId("deaths").hidden = texts.length === 0;
	if (texts.join("\n") !== old.join("\n"))
		list.replaceChildren(...texts.map((text) => make("li", "", text)));
}

function showVictim(status) {
	const worker = status.workers.find((candidate) => candidate.pid > 0);

	setText(byId("victim"), worker ? String(worker.pid) : "PID");
}

/* Asking ------------------------------------------------------------------- */

function say(state, text) {
	const live = byId("live");

	live.dataset.state = state;
	setText(live, text);
	document.body.classList.toggle("stale", state === "lost");
}

function show(status) {
	const text = status.manager.state === "running" ? "Live" : `The manager is ${status.manager.state}`;

	showTotals(status, performance.now());
	showMap(status);
	showDeaths(status);
	showVictim(status);
	say("live", text);
}

async function ask() {
	const response = await fetch("api/status", {
		headers: { Accept: "application/json" },
		cache: "no-store",
		signal: AbortSignal.timeout(TIMEOUT_MS),
	});

	if (!response.ok)
		throw new Error(`/api/status is answered with ${response.status}`);
	return response.json();
}

let timer = 0, asking = false;

async function turn() {
	const start = performance.now();

	clearTimeout(timer);
	if (asking || document.hidden)
		return;
	asking = true;
	try {
		show(await ask());
	} catch (error) {
		const network = error instanceof TypeError || error.name === "TimeoutError";

		say("lost", network ? "No answer: was eisen stopped? Trying again …" : `${error.message}. Trying again …`);
	}
	asking = false;
	timer = setTimeout(turn, Math.max(PERIOD_MS, PATIENCE * (performance.now() - start)));
}

document.addEventListener("visibilitychange", turn);
turn();
