/* spa.test.mjs - examples/spa.json and examples/site.json in a browser. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { closeBrowser, expectGoodLooks, expectNoProblems, newPage } from "./browser.mjs";
import { newAddress, source, startEisen } from "./eisen.mjs";

after(closeBrowser);

/* The example as it is, on an address of our own; where it is then. */
async function startExample(t, name) {
	const examples = join(source, "examples");
	const config = JSON.parse(await readFile(join(examples, `${name}.json`), "utf8"));
	const [group] = Object.values(config.port_groups);

	group.ip = newAddress();
	group.app.root = join(examples, group.app.root);
	await startEisen(t, config);
	return `http://${group.ip}:${group.ports}`;
}

test("the app has a deep link, survives a reload and goes back", async (t) => {
	const base = await startExample(t, "spa");
	const page = await newPage(t);
	const title = () => page.innerText("h1");

	await page.goto(`${base}/tools/anvil`);
	assert.equal(await title(), "anvil");
	await page.click("nav >> text=tongs");
	assert.equal(page.url(), `${base}/tools/tongs`);
	assert.equal(await title(), "tongs");
	await page.reload();
	assert.equal(await title(), "tongs");
	await page.goBack();
	assert.equal(await title(), "anvil");
	await page.goForward();
	assert.equal(await title(), "tongs");
	expectNoProblems(page);
});

test("the app's assets stay in the browser's cache, its page does not", async (t) => {
	const base = await startExample(t, "spa");
	const page = await newPage(t);

	await page.goto(`${base}/tools/hammer`);
	for (const path of ["/assets/app.8f2e.js", "/assets/app.5d1c.css"])
		assert.ok(await page.evaluate(async (url) =>
			(await fetch(url, { cache: "only-if-cached", mode: "same-origin" })).ok, path));
	const asset = await fetch(`${base}/assets/app.8f2e.js`);
	const shell = await fetch(`${base}/tools/hammer`);

	assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
	assert.equal(shell.headers.get("cache-control"), "no-cache");
	expectNoProblems(page);
});

test("a missing asset is 404, not the app's page", async (t) => {
	const base = await startExample(t, "spa");

	for (const path of ["/assets/app.0000.js", "/assets/none.css", "/none.png"]) {
		const response = await fetch(base + path, { headers: { Accept: "*/*" } });

		assert.equal(response.status, 404, path);
	}
	assert.equal((await fetch(`${base}/tools/hammer`, { headers: { Accept: "text/html" } })).status, 200);
});

test("the app is fine in every look", async (t) => {
	const base = await startExample(t, "spa");

	await expectGoodLooks(t, "spa", (page) => page.goto(`${base}/tools/tongs`));
});

test("the site has clean URLs, a redirect for its folder and a page for 404", async (t) => {
	const base = await startExample(t, "site");
	const page = await newPage(t);

	await page.goto(`${base}/`);
	await page.click("nav >> text=About");
	assert.equal(page.url(), `${base}/about`);
	assert.equal(await page.innerText("h1"), "About");
	await page.goto(`${base}/docs`);
	assert.equal(page.url(), `${base}/docs/`);
	await page.goto(`${base}/about.html`);
	assert.equal(page.url(), `${base}/about`);
	expectNoProblems(page);
	const response = await page.goto(`${base}/nowhere/at/all`);

	assert.equal(response.status(), 404);
	assert.equal(await page.innerText("h1"), "Not here");
	assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("nav")).display), "flex");
});

test("the site is fine in every look", async (t) => {
	const base = await startExample(t, "site");

	await expectGoodLooks(t, "site", (page) => page.goto(`${base}/`));
});
