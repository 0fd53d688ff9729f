package figure

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFigures(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 129_792: "130 kB", 999_500: "1 MB", 8_589_934_592: "8.59 GB"} {
		assert.Equal(t, want, Bytes(n))
	}
	assert.Equal(t, []string{"0", "0.1", "12.35", "100"}, []string{Amount(0), Amount(0.1), Amount(12.346), Amount(100)})
	assert.Equal(t, []string{"37.5%", "100%"}, []string{Percent(0.375), Percent(1)})
	assert.Equal(t, []string{"1 server", "0 servers"}, []string{Counted(1, "server"), Counted(0, "server")})
}
