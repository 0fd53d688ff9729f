package pcie

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/units"
)

func mustLink(t testing.TB, gen, lanes int, mps, mrrs units.Bytes) Link {
	t.Helper()
	l, err := NewLink(gen, lanes, mps, mrrs, 64)
	require.NoError(t, err)
	return l
}

// measuredLink is the link of every pcie-bench measurement.
func measuredLink(t testing.TB) Link { return mustLink(t, 3, 8, 256, 512) }

func gbps(r units.Rate) float64 { return float64(r) / 1e9 }

func TestRawRate(t *testing.T) {
	for _, tc := range []struct {
		gen, lanes int
		want       units.Rate
	}{
		{1, 1, 2 * units.Gbps},
		{2, 4, 16 * units.Gbps},
		{3, 1, 7_876_923_076}, // source: calibration table: 7.877 Gb/s a lane
		{3, 8, 63_015_384_615},
		{4, 1, 15_753_846_153},
		{5, 1, 31_507_692_307},
		{5, 16, 504_123_076_923},
		{6, 16, 944 * units.Gbps}, // 1024 GT/s * 236/256
	} {
		assert.Equal(t, tc.want, mustLink(t, tc.gen, tc.lanes, 256, 512).RawRate(), "gen%d x%d", tc.gen, tc.lanes)
	}
}

func TestNewLinkRefusesWhatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		gen, lanes     int
		mps, mrrs, rcb units.Bytes
		want           string
	}{
		{0, 8, 256, 512, 64, "gen 0: expected a generation from 1 to 6"},
		{7, 8, 256, 512, 64, "gen 7"},
		{3, 3, 256, 512, 64, "lanes 3: expected one of [1 2 4 8 12 16 32]"},
		{6, 32, 256, 512, 64, "generation 6 has"},
		{3, 8, 300, 512, 64, "mps 300"},
		{3, 8, 256, 8192, 64, "mrrs 8192"},
		{3, 8, 256, 512, 256, "rcb 256"},
	} {
		_, err := NewLink(tc.gen, tc.lanes, tc.mps, tc.mrrs, tc.rcb)
		require.ErrorContains(t, err, tc.want)
		assert.Contains(t, err.Error(), ", for example ")
	}
}

// The tables of the specification, as far as the formula was checked against them.
// source: PCI Express Base Specification rev. 5.0, tables 3-7 to 3-9, MPS 128 to 4096
func TestDLLPLimitGivesTheTablesOfTheSpecification(t *testing.T) {
	for _, row := range []struct {
		gen, lanes int
		want       [6]int64
	}{
		{1, 1, [6]int64{237, 416, 559, 1071, 2095, 4143}},
		{1, 2, [6]int64{128, 217, 289, 545, 1057, 2081}},
		{1, 4, [6]int64{73, 118, 154, 282, 538, 1050}},
		{1, 8, [6]int64{67, 107, 86, 150, 278, 534}},
		{1, 16, [6]int64{48, 72, 86, 150, 278, 534}},
		{1, 32, [6]int64{33, 45, 52, 84, 148, 276}},
		{2, 8, [6]int64{118, 158, 137, 201, 329, 585}},
		{2, 32, [6]int64{84, 96, 103, 135, 199, 327}},
		{3, 1, [6]int64{333, 512, 655, 1167, 2191, 4239}},
		{3, 8, [6]int64{163, 203, 182, 246, 374, 630}},
		{3, 16, [6]int64{144, 168, 182, 246, 374, 630}},
	} {
		for i, mps := range PayloadSizes {
			assert.Equal(t, row.want[i], mustLink(t, row.gen, row.lanes, mps, 512).DLLPLimit(), "gen%d x%d MPS %d", row.gen, row.lanes, mps)
		}
	}
}

// Anchor V15.
// source: run of pcie-bench/pcie-model@40703cf pcie_bw.py
func TestPublishedAnalyticResults(t *testing.T) {
	l := measuredLink(t)
	round := func(r units.Rate) string { return strconv.FormatFloat(gbps(r), 'f', 2, 64) }
	assert.Equal(t, "57.88", round(l.Rate()))
	for n, want := range map[units.Bytes][2]string{64: {"42.10", "44.10"}, 256: {"52.92", "53.69"}, 512: {"52.92", "53.69"}} {
		assert.Equal(t, want[0], round(ClosedForm(l, Write, n)), "write %d", n)
		assert.Equal(t, want[1], round(ClosedForm(l, Read, n)), "read %d", n)
	}
}

// The calculation that pcie-bench keeps beside its measurements, for every size from 1 to 2048 B.
func TestClosedFormEqualsPCIeModelForEverySize(t *testing.T) {
	f, err := os.Open(shareddata.Path(t, "data", "measured", "pcie", "hsw-E5-2637v3", "bw_calc.dat"))
	require.NoError(t, err)
	defer f.Close()
	l := measuredLink(t)
	rows := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		size, err := strconv.Atoi(fields[0])
		if err != nil {
			continue // the heading
		}
		rows++
		for op, column := range map[Op]int{Write: 2, Read: 4, ReadWrite: 6} {
			want, err := strconv.ParseFloat(fields[column], 64)
			require.NoError(t, err)
			got := float64(ClosedForm(l, op, units.Bytes(size))) / 8 / float64(size)
			require.InEpsilon(t, want, got, 1e-7, "%s of %d B a second", op, size)
		}
	}
	assert.Equal(t, 2048, rows)
}

func TestFlitModeHasNoDLLPShareAndSmallerHeaders(t *testing.T) {
	l := mustLink(t, 6, 16, 256, 512)
	assert.Equal(t, l.afterSkips(), l.Rate(), "DLLPs travel in bytes of their own")
	assert.Equal(t, units.Bytes(256+16), l.WriteWireBytes(256))
	assert.Equal(t, units.Bytes(16), l.ReadRequestWireBytes(512))
	assert.Equal(t, units.Bytes(512+2*12), l.CompletionWireBytes(512))
}

func TestWireBytesOfWholeTransfers(t *testing.T) {
	l := measuredLink(t)
	for _, tc := range []struct{ n, write, request, completion units.Bytes }{
		{1, 25, 24, 21},
		{64, 88, 24, 84},
		{256, 280, 24, 276},
		{257, 257 + 48, 24, 257 + 40},
		{512, 560, 24, 552},
		{513, 513 + 72, 48, 513 + 60},
		{2048, 8 * 280, 96, 8 * 276},
	} {
		assert.Equal(t, tc.write, l.WriteWireBytes(tc.n), "write %d", tc.n)
		assert.Equal(t, tc.request, l.ReadRequestWireBytes(tc.n), "request %d", tc.n)
		assert.Equal(t, tc.completion, l.CompletionWireBytes(tc.n), "completion %d", tc.n)
	}
	small := mustLink(t, 3, 8, 512, 128) // completions are no larger than the request
	assert.Equal(t, units.Bytes(512+4*20), small.CompletionWireBytes(512))
}
