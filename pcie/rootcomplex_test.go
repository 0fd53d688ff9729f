package pcie

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

func TestDrawFollowsItsQuantiles(t *testing.T) {
	q := ringJitter()
	r := rng.New(7, 0, "jitter")
	const n = 200_000
	below := make([]int, len(q))
	for range n {
		d := draw(q, r)
		require.GreaterOrEqual(t, d, q[0].Offset)
		require.LessOrEqual(t, d, q[len(q)-1].Offset)
		for i := range q {
			if d <= q[i].Offset {
				below[i]++
			}
		}
	}
	for i := range q {
		assert.InDelta(t, float64(q[i].PPB)/billion, float64(below[i])/n, 0.004, "quantile %d", i)
	}
	assert.Zero(t, draw(nil, r))
}

func TestRefreshDelaysItsShareOfReads(t *testing.T) {
	m := DRAMSpec{RefreshTime: 390 * ns, RefreshInterval: 7800 * ns}
	r := rng.New(7, 0, "refresh")
	const n = 400_000
	var hit int
	var sum units.Duration
	for range n {
		d := m.refreshWait(r)
		require.LessOrEqual(t, d, m.RefreshTime)
		if d > 0 {
			hit++
		}
		sum += d
	}
	assert.InDelta(t, 0.05, float64(hit)/n, 0.002)
	assert.InDelta(t, 390.0*390/2/7800, (sum / n).Ns(), 0.3, "mean: tRFC^2 / 2 tREFI")
}

func TestAStallIsRareAndBounded(t *testing.T) {
	h := calmHost()
	h.Stall = Stall{PPB: billion / 100, Min: 8000 * ns, Max: 9000 * ns}
	r := rng.New(7, 0, "stall")
	stalls := 0
	for range 50_000 {
		if d := h.readTime(r, true); d != h.Hit {
			stalls++
			require.GreaterOrEqual(t, d, h.Hit+8000*ns)
			require.LessOrEqual(t, d, h.Hit+9000*ns)
		}
		require.Equal(t, h.Hit+h.DRAM.Extra, h.readTime(r, false))
	}
	assert.InDelta(t, 500, stalls, 100)
}

func TestHostsAndDevicesAreComplete(t *testing.T) {
	l := measuredLink(t)
	for _, h := range Hosts() {
		for i := 1; i < len(h.Jitter); i++ {
			require.Greater(t, h.Jitter[i].PPB, h.Jitter[i-1].PPB, h.Name)
			require.Greater(t, h.Jitter[i].Offset, h.Jitter[i-1].Offset, h.Name)
		}
		require.Equal(t, uint64(billion), h.Jitter[len(h.Jitter)-1].PPB)
		found, err := HostByName(h.Name)
		require.NoError(t, err)
		assert.Equal(t, h, found)
		for _, d := range Devices() {
			c := Config{Link: l, Device: d, Host: h, Op: Read, Size: 64, Window: units.MiB, IOMMU: true, Page: Page4K, Transfers: 10, Pings: 1}
			assert.NoError(t, c.Validate())
			found, err := DeviceByName(d.Name)
			require.NoError(t, err)
			assert.Equal(t, d, found)
		}
	}
	_, err := HostByName("vax")
	require.ErrorContains(t, err, `host "vax": expected one of haswell-e5-2637v3, `)
	_, err = DeviceByName("vax")
	require.ErrorContains(t, err, `device "vax": expected one of nfp6000, asic`)
}

// What the calibration table has of other hosts, in ns: medians of reads of 64 B in a small warm and in a cold window, and
// over 64 MiB with the IOMMU and 4 KiB pages. These rows set Hit, Extra and Access: agreement proves wiring, not truth.
func TestHostsMeetTheRowsThatSetThem(t *testing.T) {
	for _, tc := range []struct {
		host              Host
		warm, cold, iommu float64
	}{
		{HaswellE52637v3(), 600, 640, 906},
		{HaswellE52620v3(), 546, 600, 826},
		{BroadwellE52630v4(), 560, 600, 880},
		{IvyBridgeE52620v2(), 560, 613, 853},
	} {
		median := func(cold, iommu bool, window units.Bytes) float64 {
			p, err := Run(Config{Link: measuredLink(t), Device: NFP6000(), Host: tc.host, Op: Read, Size: 64, Window: window, Cold: cold,
				IOMMU: iommu, Page: Page4K, Transfers: 10, Pings: 5000})
			require.NoError(t, err)
			return p.P50.Ns()
		}
		assert.InEpsilon(t, tc.warm, median(false, false, 8*units.KiB), 0.02, tc.host.Name)
		assert.InEpsilon(t, tc.cold, median(true, false, 8*units.KiB), 0.02, tc.host.Name)
		assert.InEpsilon(t, tc.iommu, median(true, true, 64*units.MiB), 0.02, tc.host.Name)
	}
}

// Medians by size on the second host; its slope comes from the device, which is the same.
// source: anchor V3 (pcie-bench data, E5-2630v4 lat_dma_sizes)
func TestBroadwellLatencyBySize(t *testing.T) {
	for n, want := range map[units.Bytes]float64{64: 546, 128: 573, 256: 626, 512: 706, 1024: 853, 1520: 986, 2048: 1133} {
		p, err := Run(Config{Link: measuredLink(t), Device: NFP6000(), Host: BroadwellE52630v4(), Op: Read, Size: n, Window: 8 * units.KiB,
			Transfers: 10, Pings: 5000})
		require.NoError(t, err)
		assert.InEpsilon(t, want, p.P50.Ns(), 0.05, "%d B", n)
	}
}
