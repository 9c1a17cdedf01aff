/* test_html_plot.c - load/html_plot.h */
#include "load/html_plot.h"

#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/html_fixture.h"
#include "tests/unit/suites.h"

#include <math.h>
#include <string.h>

static struct html_scale percentiles = { .kind = HTML_PERCENTILE };

START_TEST(places_percentiles_as_one_in_how_many_are_slower)
{
	static const struct {
		double percent, at;
	} cases[] = { { -1, 0 },      { 0, 0 },       { 90, 0.2 }, { 99, 0.4 }, { 99.9, 0.6 },
		      { 99.99, 0.8 }, { 99.9999, 1 }, { 100, 1 },  { 1000, 1 }, { NAN, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_double_eq_tol(html_scale_at(&percentiles, cases[i].percent), cases[i].at,
					1e-9);
}
END_TEST

START_TEST(has_round_ends_and_is_logarithmic_where_values_are_far_apart)
{
	struct html_scale s = html_scale_for(HTML_NS, 30e3, 7.1e6);

	ck_assert_int_eq(s.kind, HTML_LOG);
	ck_assert_double_eq_tol(s.low, 20e3, 1e-3);
	ck_assert_double_eq_tol(s.high, 10e6, 1e-3);
	ck_assert_double_eq_tol(html_scale_at(&s, 20e3), 0, 1e-9);
	ck_assert_double_eq_tol(html_scale_at(&s, 10e6), 1, 1e-9);
	s = html_scale_for(HTML_NS, 3e6, 7.1e6);
	ck_assert_int_eq(s.kind, HTML_LINEAR);
	ck_assert_double_eq(s.low, 0);
	ck_assert_double_eq_tol(s.high, 8e6, 1e-3);
}
END_TEST

START_TEST(stays_within_its_box_for_any_number)
{
	static const double odd[] = {
		NAN, INFINITY, -INFINITY, 0, -1, 5e-324, 1e-12, 1, 1e18, 1e300
	};
	struct html_tick ticks[HTML_TICKS_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		for (size_t k = 0; k < ARRAY_SIZE(odd); k++) {
			struct html_scale s = html_scale_for(HTML_NS, odd[i], odd[k]);
			size_t count = html_scale_ticks(&s, ticks);

			ck_assert(s.low < s.high);
			ck_assert_uint_ge(count, 2);
			ck_assert_uint_le(count, HTML_TICKS_MAX);
			for (size_t m = 0; m < ARRAY_SIZE(odd); m++)
				ck_assert(html_scale_at(&s, odd[m]) >= 0 &&
					  html_scale_at(&s, odd[m]) <= 1);
		}
}
END_TEST

static void check_ticks(const struct html_scale *s, const char *want)
{
	AUTO_BUF struct buf got = BUF_INIT(1024);
	struct html_tick ticks[HTML_TICKS_MAX];
	size_t count = html_scale_ticks(s, ticks);

	for (size_t i = 0; i < count; i++) {
		buf_addf(&got, "%s%s", i > 0 ? ", " : "", ticks[i].text);
		ck_assert(i == 0 || ticks[i].at > ticks[i - 1].at);
	}
	ck_assert_str_eq(buf_text(&got), want);
}

START_TEST(has_ticks_at_round_values)
{
	struct html_scale s = html_scale_for(HTML_COUNT, 0, 930);

	check_ticks(&s, "0, 200, 400, 600, 800, 1,000");
	s = html_scale_for(HTML_NS, 150e3, 2.2e6);
	check_ticks(&s, "100 \xc2\xb5s, 200 \xc2\xb5s, 500 \xc2\xb5s, 1 ms, 2 ms, 5 ms");
	s = html_scale_for(HTML_NS, 1e3, 9e9);
	check_ticks(&s, "1 \xc2\xb5s, 10 \xc2\xb5s, 100 \xc2\xb5s, 1 ms, 10 ms, 100 ms, 1 s, 10 s");
	s = html_scale_for(HTML_NS, 0, 1.1e6);
	check_ticks(&s, "0 ns, 500 \xc2\xb5s, 1 ms, 1.5 ms");
	check_ticks(&percentiles, "0, 50, 90, 99, 99.9, 99.99, 100");
	s = (struct html_scale) { HTML_LINEAR, HTML_SECONDS, 0, 10 };
	check_ticks(&s, "0 s, 2 s, 4 s, 6 s, 8 s, 10 s");
}
END_TEST

static struct html_plot new_plot(struct buf *page)
{
	return (struct html_plot) { page,
				    { HTML_LINEAR, HTML_SECONDS, 0, 10 },
				    { HTML_LINEAR, HTML_COUNT, 0, 100 },
				    200,
				    "time",
				    "count" };
}

START_TEST(draws_lines_in_the_box_of_width_and_height)
{
	static const struct html_point points[] = { { 0, 0 }, { 5, 50 }, { 10, 100 }, { 99, 999 } };
	AUTO_BUF struct buf page = BUF_INIT(65536);
	struct html_plot plot = new_plot(&page);
	struct html_series series = { "a", "p3", 2 };

	html_plot_line(&plot, &series, points, ARRAY_SIZE(points));
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "viewBox=\"0 0 1000 200\""));
	ck_assert_ptr_nonnull(strstr(buf_text(&page), "class=\"line d2 p3\" d=\"M0.0 200.0L500.0 "
						      "100.0L1000.0 0.0L1000.0 0.0\""));
	buf_clear(&page);
	html_plot_line(&plot, &series, points, 0);
	html_plot_area(&plot, "p3", points, 0);
	html_plot_alarms(&plot, points, 0);
	ck_assert_str_eq(buf_text(&page), "");
}
END_TEST

START_TEST(tells_hostile_names_without_their_markup)
{
	static const struct html_series series[] = { { "</text><script>", "p0", 0 } };
	AUTO_BUF struct buf page = BUF_INIT(65536);
	struct html_plot plot = new_plot(&page);
	double end = 50;

	buf_adds(&page, "<!doctype html>\n");
	html_plot_begin(&plot, "\"><script>");
	html_plot_names(&plot, series, &end, 1);
	html_plot_end(&plot);
	html_legend(&page, series, 1);
	ck_assert_ptr_null(html_check(buf_text(&page)));
	ck_assert_ptr_null(strstr(buf_text(&page), "<script"));
}
END_TEST

/* The y of each "class=name" element. */
static size_t read_places(const char *page, double ret[HTML_SERIES_MAX])
{
	static const char before[] = "<svg class=name x=\"100%\" y=\"";
	size_t n = 0;

	for (const char *p = strstr(page, before); p != NULL; p = strstr(p + 1, before)) {
		ck_assert_uint_lt(n, HTML_SERIES_MAX);
		ret[n++] = strtod(p + strlen(before), NULL);
	}
	return n;
}

START_TEST(puts_no_name_over_another_nor_out_of_the_plot)
{
	static const double ends[][4] = {
		{ 50, 50, 50, 50 }, { 0, 0, 0, 0 }, { 100, 100, 100, 100 }, { 0, 100, 1, 99 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		AUTO_BUF struct buf page = BUF_INIT(65536);
		struct html_plot plot = new_plot(&page);
		struct html_series series[4] = {
			{ "a", "p0", 0 }, { "b", "p1", 1 }, { "c", "p2", 2 }, { "d", "p3", 3 }
		};
		double places[HTML_SERIES_MAX];

		html_plot_names(&plot, series, ends[i], 4);
		ck_assert_uint_eq(read_places(buf_text(&page), places), 4);
		for (size_t k = 0; k < 4; k++)
			ck_assert(places[k] >= 0 && places[k] <= 200 &&
				  (k == 0 || places[k] - places[k - 1] >= 16));
	}
}
END_TEST

Suite *html_plot_suite(void)
{
	Suite *s = suite_create("html_plot");
	TCase *scales = tcase_create("scales"), *drawing = tcase_create("drawing");

	tcase_add_test(scales, places_percentiles_as_one_in_how_many_are_slower);
	tcase_add_test(scales, has_round_ends_and_is_logarithmic_where_values_are_far_apart);
	tcase_add_test(scales, stays_within_its_box_for_any_number);
	tcase_add_test(scales, has_ticks_at_round_values);
	suite_add_tcase(s, scales);
	tcase_add_test(drawing, draws_lines_in_the_box_of_width_and_height);
	tcase_add_test(drawing, tells_hostile_names_without_their_markup);
	tcase_add_test(drawing, puts_no_name_over_another_nor_out_of_the_plot);
	suite_add_tcase(s, drawing);
	return s;
}
