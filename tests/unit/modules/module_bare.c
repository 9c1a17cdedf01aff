/* module_bare.c - a shared object without EISEN_MODULE; for test_module.c. */
int module_bare(void);

int module_bare(void)
{
	return 1;
}
