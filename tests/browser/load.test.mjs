/* load.test.mjs - the page that "eisen load --html" writes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { Ajv2020 } from "ajv/dist/2020.js";

import { closeBrowser, expectAccessible, expectGoodLooks, expectNoProblems, expectNoSideScroll, newPage,
	takePicture } from "./browser.mjs";
import { build, newAddress, newFolder, source } from "./eisen.mjs";

const cleanups = []; // of what all tests share

after(closeBrowser);
after(() => Promise.all(cleanups.map((clean) => clean())));

const NARROW = { width: 360, height: 740 };
const RUN_MS = 60_000; // against a hang

const run = promisify(execFile);

/* eisen load with the arguments, and what it wrote. */
async function load(t, args) {
	const folder = await newFolder(t);
	const html = join(folder, "out.html"), json = join(folder, "out.json");

	await run(join(build, "eisen"), ["load", ...args, "--html", html, "--json", json], {
		timeout: RUN_MS, env: { ...process.env, NO_COLOR: "1" },
	});
	return { url: pathToFileURL(html).href, report: JSON.parse(await readFile(json, "utf8")) };
}

/* Two groups on addresses of their own, driven for a second. */
async function loadSmall(t) {
	const folder = await newFolder(t);
	const file = join(folder, "small & <fine>.json");
	const group = (number) => ({ START_SEQUENCE_NUM: number, ip: newAddress(), ports: "8080-8082",
		app: { kind: "hello" } });

	await writeFile(file, JSON.stringify({ PROCS_MAX: 2, port_groups: { blue: group(0), yellow: group(1) },
		status: { port: 0 } }));
	return load(t, [file, "--duration", "1s", "--warm-up", "200ms", "--connections", "12",
		"--fail-if", "errors>0", "--fail-if", "p99>9s"]);
}

/* A stored document as it is, or changed. */
async function show(t, name, change = () => {}) {
	const folder = await newFolder(t);
	const file = join(folder, "in.json"), html = join(folder, "out.html");
	const report = JSON.parse(await readFile(join(source, "tests/data/load", name), "utf8"));

	change(report);
	await writeFile(file, JSON.stringify(report));
	await run(join(build, "eisen"), ["load", "report", file, "--quiet", "--html", html], { timeout: RUN_MS });
	return { url: pathToFileURL(html).href, report };
}

/* Opened; page.asked lists what it asked for beside itself. */
async function open(t, url, options) {
	const page = await newPage(t, options);

	page.asked = [];
	page.on("request", (request) => {
		if (request.url() !== url && !request.url().startsWith("data:"))
			page.asked.push(request.url());
	});
	await page.goto(url);
	return page;
}

/* Of each line: its points, its box, and whether it is to be seen. */
function linesOf(page) {
	return page.locator("svg.plot path.line").evaluateAll((paths) => paths.map((path) => {
		const box = path.ownerSVGElement.viewBox.baseVal;
		const numbers = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
		const rect = path.getBoundingClientRect();

		return { d: path.getAttribute("d"), width: box.width, height: box.height,
			xs: numbers.filter((_, i) => i % 2 === 0), ys: numbers.filter((_, i) => i % 2 === 1),
			seen: rect.width > 50 && getComputedStyle(path).stroke !== "none" };
	}));
}

async function expectPlots(page, least) {
	const lines = await linesOf(page);

	assert.ok(lines.length >= least, `${lines.length} lines`);
	for (const { d, width, height, xs, ys, seen } of lines) {
		assert.match(d, /^M[\d. L]+$/);
		assert.ok(xs.length >= 2 && xs.length === ys.length, d);
		assert.ok(xs.every((x, i) => x >= 0 && x <= width && (i === 0 || x >= xs[i - 1])), d);
		assert.ok(ys.every((y) => y >= 0 && y <= height), d);
		assert.ok(seen, d);
	}
}

/* The rows of the table with this caption, as texts. */
function rowsOf(page, caption) {
	return page.locator("table").filter({ has: page.locator(`caption:text-is("${caption}")`) })
		.locator("tbody tr").evaluateAll((rows) => rows.map((row) =>
			[...row.children].map((cell) => cell.textContent)));
}

const count = (n) => n.toLocaleString("en");

let small;

before(async () => { small = await loadSmall({ after: (clean) => cleanups.push(clean) }); });

test("shows the numbers of the document", async (t) => {
	const { url, report } = small;
	const page = await open(t, url);
	const totals = await page.locator(".totals data").evaluateAll((list) => list.map((e) => Number(e.value)));
	const { total } = report;

	assert.equal(await page.innerText("h1"), report.name);
	for (const value of [total.rate, total.requests, total.errors.total, ...["p50", "p99", "p99.9", "max"]
		.map((name) => total.latency_ns[name])])
		assert.ok(totals.some((shown) => Math.abs(shown - value) <= 1e-9 * value), `no ${value}`);
	assert.deepEqual((await rowsOf(page, "Port groups")).map((row) => row.slice(0, 3)),
		[...report.groups.map(({ name, ports, requests }) => [name, count(ports), count(requests)]),
			["all", "6", count(total.requests)]]);
	assert.deepEqual((await rowsOf(page, "Ports")).map((row) => row.slice(0, 5)),
		report.ports.map(({ url: port, workers, requests, server_requests: served, errors }) =>
			[port, workers.join(", "), count(requests), count(served), count(errors.total)]));
	assert.equal((await rowsOf(page, "Workers")).length, 2);
	assert.match((await page.locator(".notes").first().innerText()),
		/^kept: not errors>0; it was 0\s+kept: not p99>9s; it was [\d.]+ [mu]?s$/);
	expectNoProblems(page);
});

test("draws its plots, and a cell for each port", async (t) => {
	const page = await open(t, small.url);

	await expectPlots(page, 3 + 2 + 2); // latency, over time, workers
	for (const map of ["warm", "cool"])
		assert.equal(await page.locator(`.cells .${map} g`).count(), 6);
	const tips = await page.locator(".cells .warm title").allTextContents();

	small.report.ports.forEach(({ url, requests }, i) => {
		assert.ok(tips[i].startsWith(`${url}\np99 `), tips[i]);
		assert.ok(tips[i].endsWith(`, requests ${count(requests)}`), tips[i]);
	});
	assert.equal(await page.locator("svg[role=img]:not([aria-label])").count(), 0);
});

test("needs nothing else, not even a script", async (t) => {
	const text = await readFile(new URL(small.url), "utf8");
	const page = await open(t, small.url, { javaScriptEnabled: false });

	assert.doesNotMatch(text, /https?:\/\/(?!127\.)/);
	assert.doesNotMatch(text, /<(script|img|iframe|object|embed)|@import|url\(/i);
	assert.equal(await page.innerText("h1"), small.report.name);
	assert.deepEqual(page.asked, []);
	expectNoProblems(page);
});

test("is fine in every look, and printed", async (t) => {
	await expectGoodLooks(t, "load", (page) => page.goto(small.url));
	const page = await open(t, small.url, { colorScheme: "dark" });

	await page.emulateMedia({ media: "print" });
	assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
	await expectAccessible(page);
	await expectNoSideScroll(page);
});

test("is fine with all its tables open, on a narrow phone", async (t) => {
	for (const colorScheme of ["light", "dark"]) {
		const page = await open(t, small.url, { viewport: NARROW, colorScheme });

		await page.locator("details").evaluateAll((list) => list.forEach((e) => { e.open = true; }));
		await expectNoSideScroll(page);
		await expectAccessible(page);
		await expectPlots(page, 7);
		await takePicture(page, `load-narrow-${colorScheme}`);
		expectNoProblems(page);
	}
});

test("shows an open loop's two latencies, errors and warnings", async (t) => {
	const { url, report } = await show(t, "open.json");
	const page = await open(t, url);

	assert.deepEqual(await page.locator(".notes li").allInnerTexts(), report.warnings);
	assert.equal(await page.innerText(".totals .bad"), String(report.total.errors.total));
	assert.equal(await page.locator('svg[aria-label^="Latency by percentile, from when due"]').count(), 1);
	await expectPlots(page, 2 + 4 + 2 + 6);
	await expectGoodLooks(t, "load-open", (other) => other.goto(url));
});

test("shows a comparison: its verdicts first", async (t) => {
	const { url, report } = await show(t, "compare.json");
	const page = await open(t, url);
	const verdicts = await page.locator(".verdicts li").allInnerTexts();

	assert.deepEqual(verdicts, report.comparisons.map(({ text }) => text));
	assert.equal(await page.locator(".forest svg[role=img]").count(),
		report.comparisons.reduce((sum, { metrics }) => sum + metrics.length, 0));
	await expectPlots(page, report.layouts.length);
	await expectGoodLooks(t, "load-compare", (other) => other.goto(url));
});

test("shows hostile texts harmlessly", async (t) => {
	const evil = "</title></style><script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\">";
	const { url } = await show(t, "closed.json", (report) => {
		for (const group of report.groups) {
			for (const of of [...report.ports, ...report.workers].filter((e) => e.group === group.name))
				of.group = group.name + evil;
			group.name += evil;
		}
		report.name = evil + "x".repeat(3000);
		report.warnings = [evil];
		report.ports[0].url = "javascript:document.title='hit'";
	});
	const page = await open(t, url, { viewport: NARROW });

	assert.notEqual(await page.title(), "hit");
	assert.equal(await page.locator("script, img, a[href^=javascript]").count(), 0);
	assert.ok((await page.innerText("h1")).startsWith("</title></style><script>"));
	await expectNoSideScroll(page);
	assert.deepEqual(page.asked, []);
	expectNoProblems(page);
});

test("stays usable with 2000 ports", async (t) => {
	const { url } = await show(t, "closed.json", (report) => {
		const [first] = report.ports;

		report.ports = Array.from({ length: 2000 }, (_, i) => ({ ...first, url: `http://127.0.0.1:${11000 + i}/` }));
	});
	const page = await open(t, url, { viewport: NARROW });

	assert.equal(await page.locator(".cells .warm rect").count(), 2000);
	await expectNoSideScroll(page);
	expectNoProblems(page);
});

test("the document is what its schema says", async () => {
	const schema = JSON.parse(await readFile(join(source, "docs/load-report.schema.json"), "utf8"));
	const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);
	const stored = await readFile(join(source, "tests/data/load/compare.json"), "utf8");

	for (const document of [small.report, JSON.parse(stored)])
		assert.ok(validate(document), JSON.stringify(validate.errors));
	assert.ok(!validate({ ...small.report, total: null }));
});
