/* listing.test.mjs - a folder's listing in a browser. */
import assert from "node:assert/strict";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { closeBrowser, expectGoodLooks, expectNoProblems, newPage } from "./browser.mjs";
import { newAddress, newFolder, startEisen } from "./eisen.mjs";

after(closeBrowser);

const HOSTILE = [
	"<img src=x onerror=document.title='hit'>.txt",
	"javascript:document.title='hit'",
	"\"><script>document.title='hit'<\u2044script>.txt",
	"a&amp;b?c#d%41.txt",
	" blanks  around ",
	"line\nbreak.txt",
	"\u202etxt.exe",
	"x".repeat(200),
];

/* Sorted by name: b, c, sub; by size: c, b; by time: c is the newest. */
async function makeFolder(t) {
	const root = await newFolder(t);

	await writeFile(join(root, "b.txt"), "b".repeat(5000));
	await writeFile(join(root, "c.txt"), "c");
	await utimes(join(root, "b.txt"), 1_600_000_000, 1_600_000_000);
	await utimes(join(root, "c.txt"), 1_700_000_000, 1_700_000_000);
	await mkdir(join(root, "sub/deeper"), { recursive: true });
	await writeFile(join(root, "sub/deeper/file.txt"), "found\n");
	await writeFile(join(root, ".hidden"), "secret\n");
	return root;
}

async function serve(t, root) {
	const ip = newAddress();

	await startEisen(t, root, ["--ip", ip, "--base-port", "8080"]);
	return `http://${ip}:8080/`;
}

/* The names of the files, in the order in which they are shown. */
async function filesOf(page) {
	const names = await page.locator("tbody [scope=row] a").allInnerTexts();

	return names.filter((name) => name.endsWith(".txt"));
}

test("sorts by its links, and turns the order around", async (t) => {
	const page = await newPage(t);

	await page.goto(await serve(t, await makeFolder(t)));
	assert.deepEqual(await filesOf(page), ["b.txt", "c.txt"]);
	for (const column of ["Name", "Size", "Modified"]) {
		const link = page.locator("thead a", { hasText: new RegExp(column, "i") });

		await link.click();
		const once = await filesOf(page);

		await link.click();
		assert.deepEqual(await filesOf(page), [...once].reverse(), column);
		assert.equal(await page.locator("thead [aria-sort]").count(), 1);
	}
	expectNoProblems(page);
});

test("leads down into folders and up again", async (t) => {
	const base = await serve(t, await makeFolder(t));
	const page = await newPage(t);

	await page.goto(base);
	await page.click("tbody >> text=sub");
	assert.equal(page.url(), `${base}sub/`);
	await page.click("tbody >> text=deeper");
	const file = await page.locator("tbody a", { hasText: "file.txt" }).evaluate((a) => a.href);

	assert.equal(await (await fetch(file)).text(), "found\n");
	await page.locator("nav a").first().click();
	assert.equal(page.url(), base);
	assert.equal(await page.locator("text=hidden").count(), 0);
	expectNoProblems(page);
});

test("is fine in every look", async (t) => {
	const base = await serve(t, await makeFolder(t));

	await expectGoodLooks(t, "listing", (page) => page.goto(`${base}sub/`).then(() => page.goto(base)));
});

test("shows hostile names harmlessly, and each is reached by its link", async (t) => {
	const root = await newFolder(t);

	for (const [i, name] of HOSTILE.entries())
		await writeFile(join(root, name), `file ${i}\n`);
	const base = await serve(t, root);
	const page = await newPage(t);

	await page.goto(base);
	assert.equal(await page.locator("tbody img, tbody script").count(), 0);
	const links = await page.locator("tbody [scope=row] a").evaluateAll((list) => list.map((a) => a.href));
	const found = [];

	for (const link of links) {
		assert.ok(link.startsWith(base), link);
		const response = await fetch(link);

		assert.equal(response.status, 200, link);
		found.push(await response.text());
	}
	assert.deepEqual(found.sort(), HOSTILE.map((_, i) => `file ${i}\n`));
	assert.doesNotMatch(await page.title(), /hit/);
	expectNoProblems(page);
	await expectGoodLooks(t, "listing-hostile", (other) => other.goto(base));
});
