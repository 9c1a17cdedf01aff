/* api_page_work.h - the queues and feeders of the status page, as tables. */
#ifndef SERVERS_API_PAGE_WORK_H
#define SERVERS_API_PAGE_WORK_H

struct api;
struct buf;

/* HTML, appended; nothing where there are none. */
void api_page_queues(struct api *a, struct buf *page);
void api_page_feeders(struct api *a, struct buf *page);

#endif
