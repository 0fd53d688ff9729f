//go:build linux

package memory

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ownLimit is ulimit -v less the address space that is taken.
func ownLimit() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil || limit.Cur > Unknown {
		return Unknown
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return Unknown
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
	if err != nil {
		return Unknown
	}
	return max(0, int64(limit.Cur)-pages*int64(os.Getpagesize()))
}
