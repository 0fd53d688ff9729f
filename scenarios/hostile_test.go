package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHostileScenarios: long lists must not cost time that grows with the square of their length.
func TestHostileScenarios(t *testing.T) {
	const n = 30_000
	var keys, sizes strings.Builder
	for i := range n {
		fmt.Fprintf(&keys, "key%d: 1\n", i)
		fmt.Fprintf(&sizes, "%dB, ", 64+i%9000)
	}
	for name, src := range map[string]string{
		"keys":       minimal + keys.String(),
		"expect":     minimal + "expect: [" + strings.Repeat("nic.latncy.p99 < 1us, ", n) + "]",
		"traffic":    "version: 1\ntraffic: [" + strings.Repeat("{pcap: a}, ", n) + "]",
		"services":   minimal + "services: [" + strings.Repeat("ipsek, ", n) + "]",
		"placements": minimal + "placements: [" + strings.Repeat("nick, ", n) + "]",
		"sizes":      "version: 1\ntraffic: [{load: 5%, sizes: [" + sizes.String() + "]}]",
		"long name":  minimal + "expect: ['" + strings.Repeat("a.", n) + "latency.p99 < 1us']",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := load.Bytes("f.yaml", []byte(src), nil)
			t.Log(time.Since(start))
			require.Error(t, err)
			assert.Less(t, len(err.Error()), 100_000)
			assert.Less(t, time.Since(start), 10*time.Second)
		})
	}
}
