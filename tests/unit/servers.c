/* servers.c - the unit tests of servers/. */
#include "tests/unit/runner.h"
#include "tests/unit/suites.h"

/* clang-format off */
static suite_fn *const suites[] = {
	accept_suite,
	accesslog_suite,
	accesslog_conn_suite,
	accesslog_line_suite,
	admission_suite,
	api_suite,
	api_host_suite,
	api_queues_suite,
	api_results_suite,
	api_status_suite,
	app_suite,
	app_module_suite,
	byterange_suite,
	conditional_suite,
	counts_suite,
	deadlines_suite,
	drain_suite,
	echo_suite,
	encoding_suite,
	farewell_room_suite,
	farewell_suite,
	guard_suite,
	hangup_suite,
	hello_suite,
	http_date_suite,
	jobs_suite,
	json_text_suite,
	limits_suite,
	listing_suite,
	listing_page_suite,
	loop_suite,
	loop_limits_suite,
	mime_suite,
	multipart_suite,
	peer_suite,
	query_suite,
	root_suite,
	root_open_suite,
	root_race_suite,
	send_suite,
	static_suite,
	static_cache_suite,
	static_settings_suite,
	target_suite,
	wire_suite,
	wire_recv_suite,
	NULL,
};
/* clang-format on */

int main(void)
{
	return runner_main("servers", suites);
}
