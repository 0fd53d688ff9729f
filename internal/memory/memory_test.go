package memory

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test be a program with a limit.
func TestMain(m *testing.M) {
	if os.Getenv("DSNSIM_TELL") != "" {
		os.Stdout.WriteString(strconv.FormatInt(Available(), 10))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAvailable(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux, which tells")
	}
	assert.Greater(t, Available(), int64(1<<20))
	assert.NotEqual(t, int64(Unknown), machine())
	t.Setenv("DSNSIM_TELL", "1")
	const limit = 2 << 20 // KiB, as ulimit has it
	out, err := exec.Command("sh", "-c", `ulimit -v "$1" && "$0"`, os.Args[0], strconv.Itoa(limit)).Output()
	require.NoError(t, err)
	n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	require.NoError(t, err)
	assert.Less(t, n, int64(limit)<<10)
	assert.Greater(t, n, int64(1<<20))
}

func TestWatch(t *testing.T) {
	called := make(chan bool)
	stop := Watch(Unknown, func() { called <- true })
	if runtime.GOOS == "linux" {
		assert.True(t, <-called)
	}
	stop()
	Watch(0, func() { t.Error("there is always as much as nothing") })()
}
