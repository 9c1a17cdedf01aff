/* every_call.c - needs each call of eisen.h; for test_modules.c.
 *
 * It is loaded with all its symbols bound at once: one that the program does
 * not export stops the start.
 */
#include <eisen.h>

EISEN_MODULE("needs every call");

eisen_worker_fn worker_entrance;

extern void *const every_call[];

#define CALL(name) (void *)(name)

void *const every_call[] = {
	CALL(eisen_chunk_attempts),
	CALL(eisen_chunk_header),
	CALL(eisen_chunk_queue),
	CALL(eisen_chunk_rows),
	CALL(eisen_done),
	CALL(eisen_fail),
	CALL(eisen_generator_error),
	CALL(eisen_generator_expect),
	CALL(eisen_generator_settings),
	CALL(eisen_generator_state),
	CALL(eisen_keep),
	CALL(eisen_kwargs),
	CALL(eisen_port_take),
	CALL(eisen_print),
	CALL(eisen_put),
	CALL(eisen_queue_close),
	CALL(eisen_queue_find),
	CALL(eisen_queue_name),
	CALL(eisen_reply_body),
	CALL(eisen_reply_header),
	CALL(eisen_reply_json),
	CALL(eisen_reply_status),
	CALL(eisen_request_body),
	CALL(eisen_request_header),
	CALL(eisen_request_method),
	CALL(eisen_request_path),
	CALL(eisen_request_query),
	CALL(eisen_result),
	CALL(eisen_result_text),
	CALL(eisen_return),
	CALL(eisen_row),
	CALL(eisen_row_add),
	CALL(eisen_row_add_int),
	CALL(eisen_row_add_string),
	CALL(eisen_row_add_text),
	CALL(eisen_row_int),
	CALL(eisen_row_json),
	CALL(eisen_rows_done),
	CALL(eisen_serve),
	CALL(eisen_sleep),
	CALL(eisen_start_sequence_num),
	CALL(eisen_stopping),
	CALL(eisen_take),
	CALL(eisen_take_any),
	CALL(eisen_thread),
	CALL(eisen_ticket),
	CALL(eisen_tool),
	CALL(eisen_worker_group),
	CALL(eisen_worker_id),
	CALL(eisen_worker_name),
	CALL(eisen_worker_pid),
};

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_print(tb, "all calls are there");
	return false;
}
