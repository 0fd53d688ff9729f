package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/units"
)

func captured(entry, run string) (*scenarios.Scenario, error) {
	return load.Bytes("f.yaml", []byte("version: 1\ntraffic: [{pcap: a.pcap, "+entry+"}]\nrun: {"+run+"}\n"), nil)
}

func TestInside(t *testing.T) {
	s, err := captured("inside: [10.0.0.0/8, 2001:db8::1, 02:00:00:00:00:01]", "duration: 5ms")
	require.NoError(t, err)
	in := s.Traffic[0].Inside
	assert.Equal(t, "10.0.0.0/8, 2001:db8::1, 02:00:00:00:00:01", in.Text)
	assert.Len(t, in.Prefixes, 2)
	assert.Len(t, in.MACs, 1)
	assert.Equal(t, "both", s.Traffic[0].Direction)
	s, err = captured("inside: 10.1.2.3/8, direction: outbound", "duration: 5ms")
	require.NoError(t, err)
	assert.Equal(t, "10.0.0.0/8", s.Traffic[0].Inside.Prefixes[0].String())
	assert.Equal(t, "outbound", s.Traffic[0].Direction)
	for entry, text := range map[string]string{
		"inside: ten":         `expected a prefix such as 10.0.0.0/8, an Ethernet address such as 02:00:00:00:00:01, or a list of either, got "ten"`,
		"inside: 010.0.0.0/8": "did you mean 10.0.0.0/8?",
		"inside: []":          "expected a prefix such as",
		"inside: [{a: b}]":    "expected a prefix such as",
		"inside: 10.0.0.0/8, load: 10%, pattern: {east_west: 20%, north_south: 80%}": "inside and pattern exclude each other",
	} {
		_, err := captured(entry, "duration: 5ms")
		assert.ErrorContains(t, err, text, entry)
	}
	_, err = load.Bytes("f.yaml", []byte("version: 1\ntraffic: [{sizes: imix, load: 10%, inside: 10.0.0.0/8}]\n"), nil)
	assert.ErrorContains(t, err, "inside is for a capture")
}

func TestDurationOfCapture(t *testing.T) {
	s, err := captured("load: 10%", "duration: capture")
	require.NoError(t, err)
	assert.True(t, s.Run.DurationRule.Capture)
	assert.Zero(t, s.Run.Warmup)
	require.NoError(t, s.Last(3*units.Millisecond))
	assert.Equal(t, 3*units.Millisecond, s.Run.Duration)
	assert.ErrorContains(t, s.Last(2*scenarios.MaxDuration+1), "the capture takes 7200s, and a run at most 3600s: give it a load, which re-times it")
	s, err = captured("load: 10%", "duration: capture, warmup: 1ms")
	require.NoError(t, err)
	require.NoError(t, s.Last(3*units.Millisecond))
	assert.Equal(t, units.Millisecond, s.Run.Warmup)
	assert.ErrorContains(t, s.Last(units.Millisecond), "no longer than the warm-up")
	_, err = captured("load: 10%", "duration: captures")
	assert.ErrorContains(t, err, `did you mean "capture"?`)
	_, err = load.Bytes("f.yaml", []byte("version: 1\ntraffic: [{sizes: imix, load: 10%}]\nrun: {duration: capture}\n"), nil)
	assert.ErrorContains(t, err, "duration: capture needs a capture")
	s, err = load.Bytes("f.yaml", []byte("version: 1\ntraffic: [{pcap: a.pcap, load: 10%}]\nrun: {duration: capture}\n"), []string{"run.duration=2ms"})
	require.NoError(t, err)
	assert.False(t, s.Run.DurationRule.Capture)
	assert.Equal(t, 2*units.Millisecond, s.Run.Duration)
}
