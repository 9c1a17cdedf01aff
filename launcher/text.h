/* text.h - times and deaths in words, the same wherever they are shown. */
#ifndef LAUNCHER_TEXT_H
#define LAUNCHER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_BYTES 64

/* "850 us", "4.2 ms", "12.3 s", "5 min 20 s", "3 h 12 min", "4 d 2 h" */
void text_duration(char *ret, size_t size, uint64_t ns);

/* "0.80", "312", "18.4k", "1.53M": three digits of it. */
void text_rate(char *ret, size_t size, double value);

/* "512 KiB", "38.2 MiB", "1.5 GiB" */
void text_bytes(char *ret, size_t size, uint64_t bytes);

/* "SIGKILL"; "signal 70" for one without a name. */
void text_signal(char *ret, size_t size, int signal);

/* "killed by SIGSEGV, core dumped", "exit status 3" */
void text_death(char *ret, size_t size, int exit_code, int signal, int core_dumped);

/* "s" unless n is 1: "%zu worker%s". Static. */
const char *text_plural(size_t n);

#endif
