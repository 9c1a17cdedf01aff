/* A single-page app at its smallest: the path says what is shown, links change
 * the path without a new page, and the browser's back button works. */
const TOOLS = {
	hammer: "Moves iron where you want it.",
	tongs: "Hold what is too hot to hold.",
	anvil: "Stays where it is.",
};

const nav = document.getElementById("nav");
const view = document.getElementById("view");

function link(path, text) {
	const a = document.createElement("a");

	a.href = path;
	a.textContent = text;
	if (path === location.pathname)
		a.setAttribute("aria-current", "page");
	return a;
}

function pageOf(path) {
	const tool = /^\/tools\/([a-z]+)$/.exec(path)?.[1];

	if (path === "/")
		return ["Tools", "Choose one above. Each has an address of its own, to keep and to send on."];
	if (tool !== undefined && Object.hasOwn(TOOLS, tool))
		return [tool, TOOLS[tool]];
	return ["Nothing here", `The app knows no ${path}.`];
}

function show() {
	const [title, text] = pageOf(location.pathname);
	const heading = document.createElement("h1");
	const paragraph = document.createElement("p");

	heading.textContent = title;
	paragraph.textContent = text;
	document.title = title;
	nav.replaceChildren(link("/", "Tools"), ...Object.keys(TOOLS).map((name) => link(`/tools/${name}`, name)));
	view.replaceChildren(heading, paragraph);
}

document.addEventListener("click", (event) => {
	const a = event.target.closest("a");

	if (!a || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
		return;
	event.preventDefault();
	history.pushState(null, "", a.href);
	show();
	view.focus();
});
addEventListener("popstate", show);
show();
