// Package memory tells how much memory the program may still use, by the machine, its container and its own limit.
package memory

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// Unknown is what Available returns where nothing tells.
const Unknown = math.MaxInt64

// Available returns how many bytes the program may take beyond what it has.
func Available() int64 {
	return min(machine(), container(), ownLimit())
}

// machine is what Linux says can be had without swapping.
func machine() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Unknown
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "MemAvailable:" {
			if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return Unknown
}

// container is the limit of the control group, of version 2 or 1, less what it uses.
func container() int64 {
	for _, names := range [][2]string{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		limit, ok := number(names[0])
		used, known := number(names[1])
		if ok && known {
			return max(0, limit-used)
		}
	}
	return Unknown
}

func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64) // "max" is no number
	return n, err == nil
}

// Watch calls low once when less than a number of bytes is left, until it is stopped.
func Watch(least int64, low func()) (stop func()) {
	const often = 200 * time.Millisecond // assumed: a simulation takes at most some 100 MB in that time
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(often)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if Available() < least {
					low()
					return
				}
			}
		}
	}()
	return func() { close(done) }
}
