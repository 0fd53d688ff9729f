package profile

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

const based = `name: mine
base: reference-100g
summary: half the clock
dsn:
  clock: {value: 500MHz, assumed: "half, to see what it does"}
`

// A profile with a base is the base but for what it says.
func TestBaseGivesWhatAProfileLeavesOut(t *testing.T) {
	mine, err := Parse("mine.yaml", []byte(based))
	require.NoError(t, err)
	base := shipped(t)["reference-100g"]
	assert.Equal(t, "mine", mine.Name)
	assert.Equal(t, "reference-100g", mine.Base)
	a, b := base.Constants(), mine.Constants()
	require.Len(t, b, len(a))
	for i := range a {
		if a[i].Path == "dsn.clock" {
			assert.Equal(t, Entry{Path: "dsn.clock", Value: "500MHz", Assumed: "half, to see what it does"}, b[i],
				"nothing of the base's constant is left")
			continue
		}
		assert.Equal(t, a[i], b[i])
	}
}

func TestFaultsOfABasedProfile(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"unknown base", "name: x\nbase: reference-10g\nsummary: y\n",
			`x.yaml:2:7: there is no profile "reference-10g"; did you mean "reference-100g"?`},
		{"base of a base", "name: x\nbase: tofino-like\nsummary: y\n", "x.yaml:2:7: the base tofino-like has a base itself"},
		{"no name", "base: reference-100g\nsummary: y\n", `missing key "name"`},
		{"half a constant", "name: x\nbase: reference-100g\nsummary: y\ndsn:\n  clock: {assumed: because}\n",
			`x.yaml:5:10: missing key "value"`},
		{"unknown key", "name: x\nbase: reference-100g\nsummary: y\ndsn: {clok: {value: 1GHz, assumed: because}}\n",
			`x.yaml:4:7: unknown key "clok"; did you mean "clock"?`},
		{"channels without memory", "name: x\nbase: reference-100g\nsummary: y\ndsn: {memory: {capacity: {value: 0B, assumed: none}}}\n",
			"expected channels above 0 for a memory with a capacity, and none for one without; got 16 and 0B"},
		{"no fan-out", "name: x\nbase: reference-100g\nsummary: y\ndsn: {memory: {rule_fan_out: {value: 1, assumed: none}}}\n",
			"expected a fan-out from 2 to 65536, got 1"},
		{"no SRAM", "name: x\nbase: reference-100g\nsummary: y\ndsn: {stage: {sram_blocks: {value: 0, assumed: none}}}\n",
			"x.yaml:4:28: expected a value above 0"},
	} {
		_, err := Parse("x.yaml", []byte(c.src))
		require.ErrorContains(t, err, c.want, c.name)
	}
	_, err := Parse("x.yaml", []byte("name: x\nbase: [1]\nsummary: y\n"))
	require.Error(t, err)
}

// The stage memories are Tofino's, and the energies are those of its power table.
func TestStageConstants(t *testing.T) {
	for name, p := range shipped(t) {
		s := &p.DSN.Stage
		assert.Equal(t, []int{80, 24, 16}, []int{s.SRAMBlocks.Value, s.TCAMBlocks.Value, s.Tables.Value}, name)
		assert.Equal(t, 128*units.Byte, s.ExactCrossbar.Value)
		assert.Equal(t, 66*units.Byte, s.TernaryCrossbar.Value)
		// milliwatts x factor at 1.27 GHz, in fJ.
		assert.InDelta(t, 12.771*1.88574/1.27*1000, float64(s.SRAMRead.Value), 0.5, "to the femtojoule")
		assert.InDelta(t, 23.419*1.88574/1.27*1000, float64(s.SRAMWrite.Value), 0.5, "to the femtojoule")
		assert.InDelta(t, 39.8*0.62736/1.27*1000, float64(s.TCAMSearch.Value), 0.5, "to the femtojoule")
	}
}

// What the two smaller profiles are for.
func TestProfilesDiffer(t *testing.T) {
	all := shipped(t)
	big, small, chip := &all["reference-100g"].DSN, &all["reference-25g"].DSN, &all["tofino-like"].DSN
	assert.Less(t, small.Clock.Value, big.Clock.Value)
	assert.Less(t, small.Crypto.Cores.Value, big.Crypto.Cores.Value)
	assert.Less(t, small.Memory.Channels.Value, big.Memory.Channels.Value)
	assert.Less(t, small.Memory.Capacity.Value, big.Memory.Capacity.Value)
	_, ok := all["reference-25g"].EthernetAt(small.SwitchPortRate.Value)
	assert.True(t, ok)
	assert.Zero(t, chip.Crypto.Cores.Value)
	assert.Zero(t, chip.Memory.Capacity.Value)
	assert.Equal(t, 1_220*units.MHz, chip.Clock.Value)
	assert.Equal(t, 12, chip.Stages.Value)
}
