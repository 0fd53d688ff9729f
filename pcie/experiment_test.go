package pcie

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

func TestValidateNamesWhatIsWrong(t *testing.T) {
	good := Config{Link: measuredLink(t), Device: NFP6000(), Host: HaswellE52637v3(), Op: Read, Size: 64, Window: 8 * units.KiB,
		Page: Page4K, Transfers: 100, Pings: 10}
	require.NoError(t, good.Validate())
	for want, change := range map[string]func(*Config){
		"size 0: expected 1 to":                    func(c *Config) { c.Size = 0 },
		"size 2097152: expected 1 to":              func(c *Config) { c.Size = 2 * units.MiB },
		"window 64 bytes: expected at least":       func(c *Config) { c.Size, c.Window = 65, 64 },
		"at most 1 TiB":                            func(c *Config) { c.Window = 2 << 40 },
		"page 6000 bytes: expected a multiple":     func(c *Config) { c.IOMMU, c.Page = true, 6000 },
		"ats without iommu":                        func(c *Config) { c.ATS = true },
		"device nfp6000 has no translation cache":  func(c *Config) { c.ATS, c.IOMMU = true, true },
		"expected at least 10 and 1":               func(c *Config) { c.Transfers = 9 },
		"has no link":                              func(c *Config) { c.Link = Link{} },
		"do not hold one TLP":                      func(c *Config) { c.Host.Credits.PostedData = 15 },
		"not a multiple of the read completion":    func(c *Config) { c.Host.CompletionBytes = 100 },
		"has no IOMMU":                             func(c *Config) { c.IOMMU, c.Host.IOMMU = true, IOMMUSpec{} },
		"0 tags: expected 1 to 16384":              func(c *Config) { c.Device.Tags = 0 },
		"0 DMA contexts":                           func(c *Config) { c.Device.Contexts = 0 },
		"a time that depends on a block size":      func(c *Config) { c.Device.MergeBytes = 0 },
		"device nfp6000: a time that depends on a": func(c *Config) { c.Device.TurnaroundBlock = 0 },
	} {
		c := good
		change(&c)
		_, err := Run(c)
		require.ErrorContains(t, err, want)
	}
}

func TestQuantileIsTheNearestRank(t *testing.T) {
	var samples []units.Duration
	for i := range 1000 {
		samples = append(samples, units.Duration(i+1))
	}
	assert.Equal(t, units.Duration(500), quantile(samples, 500))
	assert.Equal(t, units.Duration(990), quantile(samples, 990))
	assert.Equal(t, units.Duration(999), quantile(samples, 999))
	assert.Equal(t, units.Duration(1), quantile(samples[:1], 999))
	assert.Equal(t, units.Duration(2), quantile(samples[:3], 500))
}

func TestStride(t *testing.T) {
	assert.Equal(t, []units.Bytes{64, 64, 128, 2048}, []units.Bytes{stride(1), stride(64), stride(65), stride(2047)})
}

// The IOTLB is what makes the window matter: with pages of 2 MiB, 64 entries reach 128 MiB.
func TestSuperpagesHideTheIOMMU(t *testing.T) {
	c := Config{Link: measuredLink(t), Device: NFP6000(), Host: HaswellE52637v3(), Op: Read, Size: 64, Window: 64 * units.MiB,
		Cold: true, Page: 2 * units.MiB, Transfers: 20_000, Pings: 5_000}
	without, err := Run(c)
	require.NoError(t, err)
	c.IOMMU = true
	with, err := Run(c)
	require.NoError(t, err)
	assert.InEpsilon(t, float64(without.Transfers), float64(with.Transfers), 0.01)
	assert.InDelta(t, without.P50.Ns(), with.P50.Ns(), 5) // source: calibration: superpage penalty 0 to 5 ns
	c.Page = Page4K
	small, err := Run(c)
	require.NoError(t, err)
	assert.Less(t, float64(small.Transfers), 0.5*float64(with.Transfers))
}

// A device that keeps translations is spared the page walks of a window that its cache covers and the IOTLB does not.
func TestATSSparesPageWalks(t *testing.T) {
	c := Config{Link: measuredLink(t), Device: ASIC(), Host: HaswellE52637v3(), Op: Read, Size: 256, Window: 2 * units.MiB,
		IOMMU: true, Page: Page4K, Transfers: 50_000, Pings: 5_000}
	without, err := Run(c)
	require.NoError(t, err)
	c.ATS = true
	with, err := Run(c)
	require.NoError(t, err)
	assert.Greater(t, gbps(with.Bandwidth), 1.02*gbps(without.Bandwidth))
	assert.Less(t, with.P50, without.P50-200*ns)
	c.Window = 64 * units.MiB // beyond both caches an ATS miss costs a round trip more
	beyond, err := Run(c)
	require.NoError(t, err)
	c.ATS = false
	iotlb, err := Run(c)
	require.NoError(t, err)
	assert.Greater(t, beyond.P50, iotlb.P50)
}

// pcie-bench's own figure for the cold part of a warmed window: the cache's share of the window hits.
func TestAWindowBeyondTheCacheIsPartlyCold(t *testing.T) {
	c := Config{Link: measuredLink(t), Device: NFP6000(), Host: HaswellE52637v3(), Op: Read, Size: 64, Window: 60 * units.MiB,
		Transfers: 10, Pings: 40_000}
	r := newRun(c, "latency")
	hits := 0
	for range 100_000 {
		if r.cached() {
			hits++
		}
	}
	assert.InDelta(t, 0.25, float64(hits)/100_000, 0.01)
	c.Cold = true
	assert.False(t, newRun(c, "latency").cached())
}

func BenchmarkTransfers(b *testing.B) {
	for _, bench := range []struct {
		name string
		op   Op
		n    units.Bytes
	}{{"read64", Read, 64}, {"write64", Write, 64}, {"read2048", Read, 2048}, {"write2048", Write, 2048}} {
		b.Run(bench.name, func(b *testing.B) {
			c := Config{Link: measuredLink(b), Device: NFP6000(), Host: HaswellE52637v3(), Op: bench.op, Size: bench.n,
				Window: 64 * units.MiB, IOMMU: true, Page: Page4K, Transfers: max(10, b.N), Pings: 1}
			b.ReportAllocs()
			saturate(c)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transfers/s")
		})
	}
}

// Quantiles are samples, by the nearest rank: of ten, half do not exceed the fifth, and a per mille more than half asks for the sixth.
func TestQuantilesAreTheNearestRank(t *testing.T) {
	sorted := []units.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for perMille, want := range map[int]units.Duration{0: 1, 100: 1, 101: 2, 500: 5, 501: 6, 990: 10, 1000: 10} {
		assert.Equal(t, want, quantile(sorted, perMille), "%d per mille", perMille)
	}
}
