/* browser.mjs - pages in Chromium, and what no page may have: an error on the
 * console, a request that failed, a finding of axe-core.
 *
 * No page gets further than loopback. A page is dark or light, wide or as
 * narrow as a phone; LOOKS has all four.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { build } from "./eisen.mjs";

const { source: axe } = createRequire(import.meta.url)("axe-core");
const TIMEOUT_MS = 15_000; // against a hang: no test depends on how fast it is

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

export const LOOKS = [
	{ look: "light", colorScheme: "light", viewport: WIDE },
	{ look: "dark", colorScheme: "dark", viewport: WIDE },
	{ look: "light-phone", colorScheme: "light", viewport: PHONE },
	{ look: "dark-phone", colorScheme: "dark", viewport: PHONE },
];

let started = null;

function start() {
	const args = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*"];

	if (process.getuid() === 0)
		args.push("--no-sandbox");
	return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args });
}

/* For after(): one browser for all tests of a file. */
export async function closeBrowser() {
	await (await started)?.close();
	started = null;
}

/* A page of a context of its own. page.problems lists what went wrong on it. */
export async function newPage(t, options = {}) {
	started ??= start();
	const context = await (await started).newContext({ viewport: WIDE, ...options });
	const page = await context.newPage();

	page.problems = [];
	page.setDefaultTimeout(TIMEOUT_MS);
	page.on("pageerror", (error) => page.problems.push(`script: ${error}`));
	page.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning")
			page.problems.push(`console: ${message.text()}`);
	});
	page.on("requestfailed", (request) => {
		const { errorText } = request.failure();

		if (errorText !== "net::ERR_ABORTED") // the page was left meanwhile
			page.problems.push(`failed: ${request.url()}: ${errorText}`);
	});
	page.on("response", (response) => {
		if (response.status() >= 400)
			page.problems.push(`${response.status()}: ${response.url()}`);
	});
	t.after(() => context.close());
	return page;
}

export function expectNoProblems(page) {
	assert.deepEqual(page.problems, []);
}

/* Wait until the page's function gives something true. */
export async function expectOnPage(page, fn, argument) {
	await page.waitForFunction(fn, argument, { polling: 50 });
}

export async function expectAccessible(page) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run());

	assert.deepEqual(violations.map(({ id, nodes }) =>
		`${id}, ${nodes.length} times: ${nodes[0].target}: ${nodes[0].failureSummary}`), []);
}

export async function expectNoSideScroll(page) {
	const over = await page.evaluate(() =>
		document.documentElement.scrollWidth - document.documentElement.clientWidth);

	assert.equal(over, 0, "the page is wider than its window");
}

/* A picture in the build folder, for people. */
export async function takePicture(page, name) {
	const folder = join(build, "tests/browser/pictures");

	await mkdir(folder, { recursive: true });
	await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/* The page in all its looks: prepare(page) opens it. */
export async function expectGoodLooks(t, name, prepare) {
	for (const { look, ...options } of LOOKS) {
		const page = await newPage(t, options);

		await prepare(page);
		await expectAccessible(page);
		await expectNoSideScroll(page);
		await takePicture(page, `${name}-${look}`);
		expectNoProblems(page);
		await page.context().close();
	}
}
