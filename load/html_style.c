/* html_style.c - how the page looks: the status page's iron, calm and dense.
 *
 * Colours are custom properties with a light and a dark value each. Lines and
 * marks have 3:1 against their ground, texts 4.5:1 (WCAG 2.2, 1.4.11, 1.4.3).
 */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/markup.h"

#include <stdint.h>
#include <string.h>

#define GROUP_COLOURS 32 /* groups beyond are grey */

/* The palette of Okabe and Ito, darker on light. */
static const char light[] =
	"--ground:#f5f4f0;--surface:#fff;--ink:#1b1e23;--muted:#565d67;--line:#dcd9d1;"
	"--link:#9a3a0a;--good:#1c6b38;--bad:#ad1f2b;--warn:#7c5600;"
	"--p0:#0072b2;--p1:#c85200;--p2:#00845f;--p3:#a8508a;--p4:#8a6d00;--p5:#3a4a9f;"
	"--p6:#8c2f39;--p7:#5b6470;"
	"--w0:#fbeadb;--w1:#f6cfae;--w2:#efb07f;--w3:#e38d52;--w4:#cf6a2a;--w5:#a84c14;"
	"--w6:#7a330a;"
	"--c0:#e3eef9;--c1:#c3dcf3;--c2:#98c3ea;--c3:#66a3dc;--c4:#3d82c8;--c5:#2263a6;"
	"--c6:#114679;";

static const char dark[] =
	"--ground:#131519;--surface:#1b1e24;--ink:#e9e7e2;--muted:#a3abb6;--line:#31363f;"
	"--link:#ff9d66;--good:#6fd08c;--bad:#ff8a90;--warn:#e8bd55;"
	"--p0:#56b4e9;--p1:#f28a4a;--p2:#2fc49a;--p3:#d99ac4;--p4:#e6c84f;--p5:#97a6f5;"
	"--p6:#ee8f98;--p7:#b4bcc8;"
	"--w0:#33271f;--w1:#533420;--w2:#7a4523;--w3:#a65a27;--w4:#d17436;--w5:#f09a5e;"
	"--w6:#ffc79c;"
	"--c0:#1f2b38;--c1:#234159;--c2:#2a5a80;--c3:#3576a8;--c4:#4c95cd;--c5:#7bb6e6;"
	"--c6:#b5d8f7;";

static const char page_css[] =
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--ground);color:var(--ink);"
	"font:1rem/1.5 system-ui,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif;"
	"overflow-wrap:anywhere}"
	".wrap{max-width:74rem;margin:0 auto;padding:0 1.25rem}"
	"a{color:var(--link);text-underline-offset:.2em}.hero a{color:#ffb184}"
	":focus-visible{outline:3px solid #ff8a4c;outline-offset:2px;border-radius:4px}"
	"h1,h2,h3{line-height:1.2;text-wrap:balance}"
	"h2{font-size:1.4rem;margin:0 0 .8rem;letter-spacing:-.01em}"
	"h3{font-size:1.1rem;margin:1.6rem 0 .6rem}"
	"section{margin:2.5rem 0}"
	"small,.muted{color:var(--muted)}"
	".good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}"
	".bad,.warn{font-weight:600}";

/* Dark in both schemes, as the status page's. */
static const char hero_css[] =
	".hero{--muted:#b3bac4;color:#f3f1ec;background:#1d2127;"
	"background:radial-gradient(60rem 24rem at 88% -20%,#c4501855,transparent 70%),"
	"radial-gradient(40rem 20rem at 0% 120%,#2b7de933,transparent 70%),"
	"linear-gradient(#20242b,#171a1f);border-bottom:3px solid #d9601f}"
	".hero .wrap{padding-top:1.4rem;padding-bottom:1.6rem}"
	".brand{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem .7rem;margin:0 0 1.3rem;"
	"font:600 1rem ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}"
	".brand span{color:var(--muted);font-weight:400;font-size:.9rem}"
	"h1{margin:0 0 .5rem;font-size:clamp(1.6rem,4.5vw,2.4rem);letter-spacing:-.02em}"
	".verdicts{margin:.3rem 0 "
	".6rem;padding:0;list-style:none;font-size:1.15rem;max-width:68rem}"
	".lead{max-width:58rem;margin:0;color:#d6d9de}"
	".totals{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.4rem,1fr));"
	"gap:1.1rem;margin:1.5rem 0 0}"
	".totals div{display:flex;flex-direction:column-reverse;justify-content:flex-end;"
	"border-left:2px solid #d9601f;padding-left:.8rem}"
	".totals dt{color:var(--muted);font-size:.86rem}"
	".totals dd{margin:0;font:600 1.5rem/1.25 ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,"
	"monospace;font-variant-numeric:tabular-nums;letter-spacing:-.03em;white-space:nowrap}"
	".totals .bad{color:#ff9aa0}"
	".toc{margin:1.2rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;"
	"list-style:none}"
	".toc a{display:inline-block;min-height:1.6rem}";

static const char table_css[] =
	".notes{margin:0 0 1rem;padding:.7rem 1rem .7rem 2.2rem;border:1px solid var(--line);"
	"border-left:4px solid #d9601f;border-radius:6px;background:var(--surface)}"
	".notes li{margin:.25rem 0}"
	".box{overflow-x:auto;border:1px solid var(--line);border-radius:8px;"
	"background:var(--surface);margin:0 0 1rem}"
	"details .box{max-height:32rem;overflow-y:auto}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"caption{text-align:start;padding:.5rem .55rem 0;color:var(--muted);font-size:.86rem}"
	"th,td{padding:.3rem .55rem;text-align:end;white-space:nowrap;"
	"overflow-wrap:normal;font-variant-numeric:tabular-nums;border-top:1px solid var(--line)}"
	"thead "
	"th{border-top:0;white-space:normal;font-weight:600;font-size:.86rem;vertical-align:bottom}"
	"tbody th,.t{text-align:start}.mid{text-align:center}"
	"tbody th{font-weight:600}tbody th,td.t{max-width:16rem;overflow:hidden;"
	"text-overflow:ellipsis}"
	"tr.sum>*{border-top:2px solid var(--muted);font-weight:600}"
	"tr.sum data{font-weight:600}"
	"th.wide{white-space:normal;width:14rem}td.wide{white-space:normal;text-align:start;"
	"overflow-wrap:anywhere}"
	".dot{display:inline-block;width:.7em;height:.7em;margin-right:.5em;border-radius:.2em;"
	"background:var(--c,var(--muted))}"
	"summary{cursor:pointer;color:var(--link);padding:.3rem 0;min-height:1.6rem}"
	"details p{margin:.3rem 0;font-size:.92rem;color:var(--muted)}";

static const char plot_css[] =
	"figure{margin:0 0 1.5rem;padding:1rem;border:1px solid var(--line);border-radius:8px;"
	"background:var(--surface);overflow:clip;break-inside:avoid}"
	"figcaption{margin:0 0 .7rem;max-width:62rem;font-size:.95rem}"
	".plot{display:block;width:100%;padding:24px 16px 42px 60px;overflow:visible}"
	".plot svg{overflow:visible}"
	".forest{min-width:16rem;width:40%}.forest .plot{padding:0}.forest{padding:0 .7rem}"
	".margin{fill:var(--line)}.even{stroke:var(--muted)}"
	".plot text{fill:var(--muted);font-size:12.5px;dominant-baseline:auto}"
	".plot .x{text-anchor:middle}.plot .y{text-anchor:end;dominant-baseline:central}"
	".name{display:none}"
	".name text{fill:var(--ink);dominant-baseline:central}"
	".grid,.line,.alarm,.lead,.even{fill:none;vector-effect:non-scaling-stroke}"
	".grid{stroke:var(--line)}"
	".line{stroke:var(--c);stroke-width:2;stroke-linejoin:round}"
	".lead{stroke:var(--c)}.mark{fill:var(--c);stroke:var(--surface)}"
	".area{fill:var(--c);opacity:.13}"
	".alarm{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:2 3}"
	".top{stroke-width:9;stroke-linecap:round;stroke-dasharray:none}"
	".d1{stroke-dasharray:9 4}.d2{stroke-dasharray:3 3}.d3{stroke-dasharray:12 4 3 4}"
	".d4{stroke-dasharray:16 5}.d5{stroke-dasharray:6 2 2 2 2 2}.d6{stroke-dasharray:1 4}"
	".d7{stroke-dasharray:5 9}"
	".legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;margin:0 0 .6rem;padding:0;"
	"list-style:none;font-size:.9rem}"
	".legend svg{margin-right:.5em;vertical-align:middle}"
	"@media(min-width:52rem){.named .plot{padding-right:136px}"
	".named .name{display:inline}}"
	"@media(max-width:36rem){.m{display:none}figure{padding:.7rem}.wrap{padding:0 .7rem}}";

static const char map_css[] =
	".ramps{display:flex;flex-wrap:wrap;gap:.3rem 2.5rem;margin:0 0 .8rem;font-size:.9rem}"
	".ramps p{margin:0;white-space:nowrap}"
	".ramp svg{width:8rem;margin:0 .5em;vertical-align:middle}"
	".cells{display:grid;gap:.2rem 1.2rem;"
	"grid-template-columns:13rem repeat(2,minmax(0,calc(var(--n)*1.6rem)));"
	"align-items:start;margin:0 0 .6rem;font-size:.92rem}"
	".cells.one{grid-template-columns:13rem 1fr;margin:0}.cells.one svg{height:1.3rem}.one "
	"rect{stroke:none}"
	".cells p{margin:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
	".cells svg{width:100%;max-width:calc(var(--n)*1.6rem)}.cells.one svg{max-width:none}"
	".map path{fill:none;stroke:var(--ink);stroke-width:1.1}"
	".map rect{fill:none;stroke:var(--line);stroke-width:.4}"
	".warm .h0 rect{fill:var(--w0)}.warm .h1 rect{fill:var(--w1)}.warm .h2 rect{fill:var(--w2)}"
	".warm .h3 rect{fill:var(--w3)}.warm .h4 rect{fill:var(--w4)}.warm .h5 rect{fill:var(--w5)}"
	".warm .h6 rect{fill:var(--w6)}"
	".cool .h0 rect{fill:var(--c0)}.cool .h1 rect{fill:var(--c1)}.cool .h2 rect{fill:var(--c2)}"
	".cool .h3 rect{fill:var(--c3)}.cool .h4 rect{fill:var(--c4)}.cool .h5 rect{fill:var(--c5)}"
	".cool .h6 rect{fill:var(--c6)}"
	".map .h4 path,.map .h5 path,.map .h6 path{stroke:var(--surface)}"
	"@media(max-width:44rem){.cells,.cells.one{grid-template-columns:1fr}"
	".cells{margin-bottom:1rem}}";

static const char end_css[] =
	"footer{padding-bottom:2rem;color:var(--muted);font-size:.9rem}"
	"@media "
	"print{:root{color-scheme:light}body{background:#fff}.hero{color:#000;background:none;--"
	"muted:#444}"
	".lead{color:#222}.toc,summary{display:none}.totals .bad{color:var(--bad)}"
	".box{overflow:visible}table,thead th{font-size:.6rem}th,td{padding:.1rem .2rem}"
	"*{print-color-adjust:exact}}";

void html_style(struct buf *page)
{
	buf_addf(page, ":root{color-scheme:light dark;%s}", light);
	buf_addf(page, "@media screen and (prefers-color-scheme:dark){:root{%s}}", dark);
	buf_adds(page, page_css);
	buf_adds(page, hero_css);
	buf_adds(page, table_css);
	buf_adds(page, plot_css);
	buf_adds(page, map_css);
	for (int i = 0; i < HTML_SERIES_MAX; i++)
		buf_addf(page, ".p%d{--c:var(--p%d)}", i, i);
	for (int i = 0; i < GROUP_COLOURS; i++)
		buf_addf(page, ".g%d{--c:var(--g%d)}", i, i);
	buf_adds(page, ".ink{--c:var(--ink)}");
	buf_adds(page, end_css);
}

static void add_colour(struct buf *page, const char *name, bool is_dark)
{
	static const struct {
		const char *name, *light, *dark;
	} known[] = {
		{ "blue", "#2b7de9", "#4f97f5" },    { "yellow", "#a67c00", "#edc02e" },
		{ "green", "#23863f", "#45bd69" },   { "red", "#d9363e", "#f0646b" },
		{ "orange", "#c95f0c", "#f28c3f" },  { "purple", "#8e4ec6", "#b583e6" },
		{ "magenta", "#c2298a", "#e667b4" }, { "cyan", "#10808d", "#2fc0d1" },
		{ "white", "#808080", "#dcdcdc" },   { "black", "#303030", "#9a9a9a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		buf_adds(page, is_dark ? known[i].dark : known[i].light);
		return;
	}
	buf_addf(page, "hsl(%u 65%% %d%%)", markup_hue(name), is_dark ? 64 : 35);
}

static void add_colours(struct buf *page, const json_t *groups, const char *id, bool is_dark)
{
	const json_t *group;
	size_t i;

	buf_addf(page, "#%s{", id);
	json_array_foreach(groups, i, group)
	{
		if (i == GROUP_COLOURS)
			break;
		buf_addf(page, "--g%zu:", i);
		add_colour(page, html_string(group, "name"), is_dark);
		buf_adds(page, ";");
	}
	buf_adds(page, "}");
}

void html_group_styles(struct buf *page, const json_t *report, const char *id)
{
	const json_t *groups = json_object_get(report, "groups");

	add_colours(page, groups, id, false);
	buf_adds(page, "@media screen and (prefers-color-scheme:dark){");
	add_colours(page, groups, id, true);
	buf_adds(page, "}");
}

void html_group_colour(char ret[8], size_t index)
{
	if (index < GROUP_COLOURS)
		snprintf(ret, 8, "g%u", (unsigned)index);
	else
		snprintf(ret, 8, "other");
}

size_t html_group_index(const json_t *report, const char *name)
{
	const json_t *group, *groups = json_object_get(report, "groups");
	size_t i;

	json_array_foreach(groups, i, group)
	{
		if (i == GROUP_COLOURS)
			break;
		if (strcmp(html_string(group, "name"), name) == 0)
			return i;
	}
	return SIZE_MAX;
}
