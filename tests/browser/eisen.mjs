/* eisen.mjs - start the program under test, and see it end.
 *
 * Each instance has a folder and a loopback address of its own, by this
 * process's pid, so that no port of one is another's. It is ready when it
 * prints where its status endpoint is, and it is ended by its pid.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const source = resolve(fileURLToPath(import.meta.url), "../../..");
export const build = process.env.EISEN_BUILDDIR || join(source, "build");

const READY_MS = 20_000; // against a hang; it takes milliseconds

let addresses = 0;

/* 127.192.0.0/10: not where the end to end tests are. */
export function newAddress() {
	const n = process.pid * 4 + addresses++;

	return `127.${192 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${(n & 255) || 1}`;
}

export async function newFolder(t) {
	const folder = await mkdtemp(join(tmpdir(), "eisen-browser-"));

	t.after(() => rm(folder, { recursive: true, force: true }));
	return folder;
}

/* The status endpoint's URL, out of what it prints. */
async function statusUrl(process) {
	const lines = createInterface({ input: process.stdout });

	for await (const line of lines) {
		const found = /Status: (http:\S+)/.exec(line);

		if (found)
			return found[1];
	}
	throw new Error("it ended before it was ready");
}

/* Run eisen with the arguments until the test's end; target: a config as an
 * object, a file, a folder, or null for the demo. */
export async function startEisen(t, target, args = []) {
	const folder = await newFolder(t);
	const file = join(folder, "site.json");
	const first = target === null ? [] : [typeof target === "string" ? target : file];
	let errors = "";

	if (target !== null && typeof target !== "string")
		await writeFile(file, JSON.stringify(target));
	const child = spawn(join(build, "eisen"),
		["run", ...first, "--run-dir", join(folder, "run"), "--status-port", "0", ...args], {
			stdio: ["ignore", "pipe", "pipe"],
			env: { ...process.env, EISEN_STATIC_PATH: join(source, "static"), NO_COLOR: "1" },
		});
	const ended = once(child, "exit");

	child.stderr.on("data", (data) => { errors += data; });
	t.after(async () => {
		child.kill("SIGTERM");
		await ended;
	});
	const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS);

	try {
		return { status: await statusUrl(child), pid: child.pid };
	} catch (error) {
		throw new Error(`${error.message}; it says:\n${errors}`);
	} finally {
		clearTimeout(timer);
		child.stdout.resume();
	}
}
