//go:build cgo && unix

package stdout

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestMain lets the test be the program whose output is closed.
func TestMain(m *testing.M) {
	if os.Getenv("DSNSIM_WRITES") != "" {
		if _, err := Writer().Write([]byte("x")); err != nil {
			os.Exit(7)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// What was closed fails, what goes to /dev/null does not, however it was opened.
func TestClosed(t *testing.T) {
	t.Setenv("DSNSIM_WRITES", "1")
	for redirect, code := range map[string]int{">&-": 7, ">/dev/null": 0, "1<>/dev/null": 0, "": 0, "2>&-": 0, ">&- 2>&- <&-": 7} {
		c := exec.Command("sh", "-c", `"$0" `+redirect, os.Args[0])
		_ = c.Run() // a code other than 0 is an error
		assert.Equal(t, code, c.ProcessState.ExitCode(), "%q", redirect)
	}
}
