/* welcome.test.mjs - the status endpoint's page. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, expectAccessible, expectGoodLooks, expectNoProblems, expectNoSideScroll,
	expectOnPage, newPage } from "./browser.mjs";
import { newAddress, startEisen } from "./eisen.mjs";

after(closeBrowser);

const COLOURS = ["blue", "yellow", "green"];

async function startDemo(t) {
	const ip = newAddress();

	return { ip, ...await startEisen(t, null, ["--ip", ip]) };
}

/* Opened, and once live. */
async function openWelcome(page, eisen) {
	await page.goto(eisen.status);
	await page.waitForSelector('#live[data-state="live"]');
}

async function openNew(t, eisen, options) {
	const page = await newPage(t, options);

	await openWelcome(page, eisen);
	return page;
}

async function statusOf(eisen) {
	return (await fetch(`${eisen.status}api/status`)).json();
}

test("shows each worker as the API has it, and links each server", async (t) => {
	const eisen = await startDemo(t);
	const page = await openNew(t, eisen);
	const { workers } = await statusOf(eisen);
	const shown = await page.locator(".worker").allInnerTexts();
	const links = await page.locator("a.server").evaluateAll((list) => list.map((a) => a.href));

	assert.deepEqual(await page.locator(".group h3").allInnerTexts(), COLOURS);
	assert.equal(shown.length, 3);
	workers.forEach((worker, i) => {
		assert.match(shown[i], new RegExp(`^Worker ${i}\\s+ready\\s`));
		assert.match(shown[i], new RegExp(`core ${worker.core} · pid ${worker.pid} `));
	});
	assert.deepEqual(links, workers.flatMap((worker) => worker.servers.map(({ url }) => url)));
	assert.equal(await page.innerText("#total-servers"), "18");
	assert.equal(await page.innerText("#total-workers"), "3/3");
	await page.click("a.server >> nth=7");
	assert.match(await page.innerText("h1"), /yellow 14001/);
});

test("has no error, failed request or finding of axe in any look", async (t) => {
	const eisen = await startDemo(t);

	await expectGoodLooks(t, "welcome", (page) => openWelcome(page, eisen));
});

test("counts requests as they come", async (t) => {
	const eisen = await startDemo(t);
	const page = await openNew(t, eisen);

	for (let i = 0; i < 5; i++)
		await (await fetch(`http://${eisen.ip}:15002/`)).text();
	await expectOnPage(page, () => document.querySelectorAll(".server")[14].innerText.includes("5 req"));
	await expectOnPage(page, () => document.getElementById("total-requests").textContent === "5");
	await page.waitForSelector("#pulse:not([hidden])");
	expectNoProblems(page);
});

test("shows a death, and who came back", async (t) => {
	const eisen = await startDemo(t);
	const page = await openNew(t, eisen);
	const { pid } = (await statusOf(eisen)).workers[1];

	process.kill(pid, "SIGKILL");
	await page.waitForSelector(`#deaths-list >> text=Worker 1, pid ${pid}, killed by SIGKILL`);
	await expectOnPage(page, (old) => {
		const text = document.querySelectorAll(".worker")[1].innerText;

		return /ready/.test(text) && /1 restart/.test(text) && !text.includes(`pid ${old} `);
	}, pid);
	await expectAccessible(page);
	expectNoProblems(page);
});

test("says when nobody answers, and is live again after that", async (t) => {
	const page = await openNew(t, await startDemo(t));

	await page.route("**/api/status", (route) => route.abort());
	await page.waitForSelector('#live[data-state="lost"] >> text=No answer');
	await expectAccessible(page);
	await page.unroute("**/api/status");
	await page.waitForSelector('#live[data-state="live"]');
});

test("asks nothing while nobody looks", async (t) => {
	const eisen = await startDemo(t);
	const page = await newPage(t);
	let asked = 0;

	await page.clock.install();
	page.on("request", (request) => { asked += request.url().endsWith("/api/status"); });
	await openWelcome(page, eisen);
	await page.evaluate(() => {
		Object.defineProperty(document, "hidden", { value: true, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
	});
	const before = asked;

	await page.clock.runFor(60_000);
	assert.equal(asked, before);
	await page.evaluate(() => {
		delete document.hidden;
		document.dispatchEvent(new Event("visibilitychange"));
	});
	await page.waitForRequest("**/api/status");
});

test("leads to the table without a script", async (t) => {
	const eisen = await startDemo(t);
	const page = await newPage(t, { javaScriptEnabled: false });

	await page.goto(eisen.status);
	await page.click("noscript a, .note a");
	assert.equal(new URL(page.url()).pathname, "/workers");
	assert.equal(await page.locator("tbody tr").count(), 3);
	assert.equal(await page.locator("tbody a").count(), 18);
	expectNoProblems(page);
});

test("the table is fine in every look too", async (t) => {
	const eisen = await startDemo(t);

	await expectGoodLooks(t, "workers", (page) => page.goto(`${eisen.status}workers`));
});

test("is used by keyboard alone", async (t) => {
	const page = await openNew(t, await startDemo(t));
	const focused = () => page.evaluate(() => document.activeElement.className);

	await page.keyboard.press("Tab");
	assert.equal(await focused(), "skip");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	assert.equal(await focused(), "server");
	await page.keyboard.press("Enter");
	await page.waitForURL("**:11000/");
});

test("moves nothing for who wants no motion", async (t) => {
	const page = await openNew(t, await startDemo(t), { reducedMotion: "reduce" });

	assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
	assert.equal(await page.evaluate(() =>
		getComputedStyle(document.querySelector(".server"), "::after").transitionDuration), "0s");
});

/* Documents that no test here could start ----------------------------------- */

function fakeServer(i, more) {
	return { ip: "127.0.0.1", port: 1024 + i, url: `http://127.0.0.1:${1024 + i}/`, app: "hello",
		requests: i, active: 0, ...more };
}

function fakeWorker(slot, group, servers) {
	return { START_SEQUENCE_NUM: slot, state: "ready", group, core: slot, pid: 1000 + slot,
		uptime_s: 5, restarts: 0, servers };
}

function fakeStatus(name, workers, group) {
	return { name, version: "0", manager: { pid: 1, uptime_s: 1, state: "running" }, workers,
		groups: [{ name: group, ip: "127.0.0.1", ports: "1024-65535", shared: false,
			servers: workers.reduce((sum, worker) => sum + worker.servers.length, 0),
			requests: 0 }], queues: [], feeders: [], results: {}, deaths: [] };
}

async function openFake(t, options, status) {
	const page = await newPage(t, options);

	await page.route("**/api/status", (route) => route.fulfill({ json: status }));
	await openWelcome(page, await startDemo(t));
	return page;
}

test("stays usable with 65536 servers", async (t) => {
	const many = Array.from({ length: 512 }, (_, i) => fakeServer(i));
	const workers = Array.from({ length: 128 }, (_, slot) => fakeWorker(slot, "cyan", many));
	const page = await openFake(t, {}, fakeStatus("many", workers, "cyan"));

	assert.equal(await page.innerText("#total-servers"), "65,536");
	assert.ok(await page.locator(".worker").count() < 100);
	assert.equal(await page.locator(".worker >> nth=0 >> a.server").count(), 60);
	assert.match(await page.innerText(".worker >> nth=0"), /and 452 servers more in the plain table/);
	assert.match(await page.innerText(".group > .more"), /and \d+ workers more/);
	await expectNoSideScroll(page);
	expectNoProblems(page);
});

test("shows hostile names harmlessly", async (t) => {
	const evil = '<img src=x onerror="document.title=\'hit\'">';
	const servers = [fakeServer(1, { url: "javascript:document.title='hit'", ip: evil, app: evil })];
	const status = fakeStatus(evil + "x".repeat(300), [fakeWorker(0, evil, servers)], evil);
	const page = await openFake(t, { viewport: { width: 390, height: 844 } }, status);

	assert.equal(await page.innerText(".group h3"), evil);
	assert.equal(await page.locator("a.server, #groups img").count(), 0);
	assert.notEqual(await page.title(), "hit");
	await expectNoSideScroll(page);
	expectNoProblems(page);
});
