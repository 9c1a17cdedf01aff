# eisen.m4 - what configure.ac needs beyond Autoconf's own macros.

# EISEN_MISSING(WHAT, DEBIAN-PACKAGE)
# Stop, and say what to install.
AC_DEFUN([EISEN_MISSING],
[AC_MSG_ERROR([$1 is missing. On Debian or Ubuntu: apt-get install $2])])

# EISEN_PKG(NAME, MODULE, DEBIAN-PACKAGE)
# NAME_CFLAGS and NAME_LIBS from pkg-config, or an error that names the package.
AC_DEFUN([EISEN_PKG],
[PKG_CHECK_MODULES([$1], [$2], [], [EISEN_MISSING([$2], [$3])])])

# EISEN_LIBEV
# LIBEV_LIBS. Debian's libev ships no pkg-config file.
AC_DEFUN([EISEN_LIBEV],
[AC_CHECK_HEADER([ev.h], [], [EISEN_MISSING([ev.h], [libev-dev])])
eisen_saved_LIBS=$LIBS
AC_CHECK_LIB([ev], [ev_loop_new], [LIBEV_LIBS=-lev], [EISEN_MISSING([libev], [libev-dev])])
LIBS=$eisen_saved_LIBS
AC_SUBST([LIBEV_LIBS])])

# EISEN_TRY_CFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE when the compiler knows it. -Werror because clang
# only warns of a flag it does not know.
AC_DEFUN([EISEN_TRY_CFLAG],
[AS_VAR_PUSHDEF([known], [eisen_cv_cflag_$2])dnl
AC_CACHE_CHECK([whether $CC takes $2], [known],
	[eisen_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
		[AS_VAR_SET([known], [yes])], [AS_VAR_SET([known], [no])])
	CFLAGS=$eisen_saved_CFLAGS])
AS_VAR_IF([known], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([known])dnl
])

# EISEN_TRY_LDFLAG(VARIABLE, FLAG)
# Append FLAG to VARIABLE when a program links with it.
AC_DEFUN([EISEN_TRY_LDFLAG],
[AS_VAR_PUSHDEF([known], [eisen_cv_ldflag_$2])dnl
AC_CACHE_CHECK([whether $CC links with $2], [known],
	[eisen_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS $2"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AS_VAR_SET([known], [yes])], [AS_VAR_SET([known], [no])])
	LDFLAGS=$eisen_saved_LDFLAGS])
AS_VAR_IF([known], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([known])dnl
])

# EISEN_GNU11
AC_DEFUN([EISEN_GNU11],
[EISEN_STD_CFLAGS=
EISEN_TRY_CFLAG([EISEN_STD_CFLAGS], [-std=gnu11])
AS_IF([test -z "$EISEN_STD_CFLAGS"], [AC_MSG_ERROR([$CC does not know -std=gnu11])])
AC_SUBST([EISEN_STD_CFLAGS])])

# EISEN_WARNINGS
# EISEN_WARN_CFLAGS: every warning the compiler knows; --enable-werror. Used
# for our own files only and set behind the probes, so that configure's test
# programs do not fail for a warning.
AC_DEFUN([EISEN_WARNINGS],
[AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
	[], [enable_werror=no])
EISEN_WARN_CFLAGS=
m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
		-Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith
		-Wcast-align -Wwrite-strings],
	[EISEN_TRY_CFLAG([EISEN_WARN_CFLAGS], flag)
])
AS_IF([test "x$enable_werror" = xyes], [EISEN_WARN_CFLAGS="$EISEN_WARN_CFLAGS -Werror"])
AC_SUBST([EISEN_WARN_CFLAGS])])

# EISEN_SANITIZER(NAME, FLAG, TEXT)
# --enable-NAME; the compiler must know FLAG then.
AC_DEFUN([EISEN_SANITIZER],
[AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [build with $3])], [], [enable_$1=no])
AS_IF([test "x$enable_$1" = xyes], [
	eisen_before=$EISEN_SAN_FLAGS
	EISEN_TRY_LDFLAG([EISEN_SAN_FLAGS], [$2])
	AS_IF([test "x$eisen_before" = "x$EISEN_SAN_FLAGS"],
		[AC_MSG_ERROR([--enable-$1: $CC cannot link with $2])])
	eisen_sanitizers="$eisen_sanitizers $1"])])

# EISEN_SANITIZERS
# EISEN_SAN_FLAGS, for compiling and linking; eisen_sanitizers names them.
AC_DEFUN([EISEN_SANITIZERS],
[EISEN_SAN_FLAGS=
eisen_sanitizers=
EISEN_SANITIZER([asan], [-fsanitize=address], [AddressSanitizer])
EISEN_SANITIZER([ubsan], [-fsanitize=undefined], [UndefinedBehaviorSanitizer])
EISEN_SANITIZER([tsan], [-fsanitize=thread], [ThreadSanitizer])
AS_IF([test "x$enable_asan$enable_tsan" = xyesyes],
	[AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other])])
AS_IF([test -n "$eisen_sanitizers"],
	[EISEN_SAN_FLAGS="$EISEN_SAN_FLAGS -fno-omit-frame-pointer"], [eisen_sanitizers=none])
AS_IF([test "x$enable_ubsan" = xyes],
	[EISEN_SAN_FLAGS="$EISEN_SAN_FLAGS -fno-sanitize-recover=undefined"])
AC_SUBST([EISEN_SAN_FLAGS])])

# EISEN_HARDENING
# EISEN_HARD_CFLAGS and EISEN_HARD_LDFLAGS. Fortified calls need an optimiser
# and hide from the sanitizers what they would check.
AC_DEFUN([EISEN_HARDENING],
[EISEN_HARD_CFLAGS=
EISEN_HARD_LDFLAGS=
EISEN_TRY_CFLAG([EISEN_HARD_CFLAGS], [-fstack-protector-strong])
EISEN_TRY_CFLAG([EISEN_HARD_CFLAGS], [-fPIE])
EISEN_TRY_LDFLAG([EISEN_HARD_LDFLAGS], [-pie])
EISEN_TRY_LDFLAG([EISEN_HARD_LDFLAGS], [-Wl,-z,relro,-z,now])
AC_CACHE_CHECK([whether $CC optimises], [eisen_cv_optimises],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __OPTIMIZE__
#error no
#endif
int x;
]])], [eisen_cv_optimises=yes], [eisen_cv_optimises=no])])
AS_IF([test "$eisen_cv_optimises" = yes && test "$eisen_sanitizers" = none],
	[EISEN_HARD_CFLAGS="$EISEN_HARD_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
eisen_hardening="$EISEN_HARD_CFLAGS $EISEN_HARD_LDFLAGS"
AC_SUBST([EISEN_HARD_CFLAGS])
AC_SUBST([EISEN_HARD_LDFLAGS])])
