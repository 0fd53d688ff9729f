//go:build cgo && unix

package stdout

/*
#include <errno.h>
#include <fcntl.h>

static int was_closed;

// The C library calls it before Go's runtime begins.
__attribute__((constructor)) static void look(void) {
	was_closed = fcntl(1, F_GETFD) == -1 && errno == EBADF;
}

static int stdout_was_closed(void) { return was_closed; }
*/
import "C"

func closed() bool { return C.stdout_was_closed() != 0 }
