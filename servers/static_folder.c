#include "servers/static_folder.h"
#include "servers/reply.h"
void static_folder_send(const struct static_site *site, const struct static_resource *resource,
			struct reply *reply)
{
	(void)site;
	(void)resource;
	reply_error(reply, 404, NULL, "not yet");
}
