package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

// traceRow is a row of a trace: a name, and figures of ns with three decimals.
var traceRow = regexp.MustCompile(`^  (\S.*?) +(\d+\.\d{3})? +(\d+\.\d{3}) +(\d+\.\d{3}) +(\d+\.\d{3}) +(\d+\.\d{3})$`)

// traceSums checks to the picosecond that each hop of each trace begins where the one before it ended, that a hop's wait,
// serve and latency fill its time, and that they add up to the packet's. It returns the number of traces.
func traceSums(text string) (traces int, err error) {
	var at int64
	var sum [3]int64
	for _, line := range strings.Split(text, "\n") {
		m := traceRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		v := [5]int64{}
		for i := range v {
			v[i] = picoseconds(m[i+2])
		}
		switch {
		case m[1] == "sum":
			if [3]int64(v[1:4]) != sum || v[4] != at || sum[0]+sum[1]+sum[2] != at {
				return 0, fmt.Errorf("%q: the hops give %v and end at %d ps", line, sum, at)
			}
			at, sum, traces = 0, [3]int64{}, traces+1
			continue
		case v[0] != at:
			return 0, fmt.Errorf("%q: the hop before it ends at %d ps", line, at)
		case v[0]+v[1]+v[2]+v[3] != v[4]:
			return 0, fmt.Errorf("%q: does not add up", line)
		}
		at = v[4]
		for i := range sum {
			sum[i] += v[i+1]
		}
	}
	return traces, nil
}

// picoseconds reads ns with three decimals, or nothing as 0.
func picoseconds(ns string) int64 {
	n, _ := strconv.ParseInt(strings.Replace(ns, ".", "", 1), 10, 64)
	return n
}

// The check of the scripts must be able to fail.
func TestTraceSums(t *testing.T) {
	const good = "nic: packet 7 of mix\n" +
		"  tor.port[0]       0.000      1.000      2.000      3.500          6.500\n" +
		"  cable 3m copper   6.500      0.000      0.000     13.800         20.300\n" +
		"  sum                          1.000      2.000     17.300         20.300\n"
	n, err := traceSums(good + "\n" + good)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	for _, change := range [][2]string{
		{"  6.500      0.000", "  6.501      0.000"}, {"2.000      3.500", "2.000      3.501"}, {"17.300", "17.301"},
		{"17.300         20.300", "17.300         20.301"}, {"1.000      2.000     17", "1.000      2.001     17"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, bad)
		_, err := traceSums(bad)
		assert.Error(t, err, "%s", bad)
	}
}

func TestNs(t *testing.T) {
	assert.Equal(t, "0.000", ns(0))
	assert.Equal(t, "13.800", ns(13*units.Nanosecond+800))
	assert.Equal(t, "-1.001", ns(-units.Nanosecond-1))
}
