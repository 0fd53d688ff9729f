package traffic

import (
	"testing"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sink takes a sum of the fields: to copy a Packet whole right after it was written field by field would measure the
// processor's store forwarding, which a consumer that reads fields does not meet.
var sink int64

func consume(p Packet) {
	sink += p.At.Ps() + int64(p.Frame) + int64(p.Flow) + int64(p.Hash) + int64(p.Record)
}

func BenchmarkSynthetic(b *testing.B) {
	for _, c := range []struct {
		name string
		edit func(*SyntheticConfig)
	}{
		{"constant-64", func(c *SyntheticConfig) { c.Sizes = FixedSize(64) }},
		{"constant-imix", func(c *SyntheticConfig) {}},
		{"poisson-64", func(c *SyntheticConfig) { c.Pacing, c.Sizes = Poisson, FixedSize(64) }},
		{"poisson-imix", func(c *SyntheticConfig) { c.Pacing = Poisson }},
		{"poisson-imix-churn", func(c *SyntheticConfig) { c.Pacing, c.FlowSize = Poisson, units.Mbit }},
		{"poisson-imix-1M-flows", func(c *SyntheticConfig) { c.Pacing, c.Flows = Poisson, 1_000_000 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			config := SyntheticConfig{
				Config: Config{Name: "bench", Seed: 1, LineRate: 100 * units.Gbps, Load: WireLoad(37 * units.Gbps)},
				Sizes:  IMIX(),
			}
			c.edit(&config)
			source, err := NewSynthetic(config)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p, _ := source.Next()
				consume(p)
			}
		})
	}
}

func BenchmarkReplay(b *testing.B) {
	for _, pacing := range []Pacing{Constant, Poisson, Recorded} {
		b.Run(pacing.String(), func(b *testing.B) {
			source := mustReplay(b, ReplayConfig{Config: base(WireLoad(37*units.Gbps), pacing), Loop: true}, mixedTrace(b))
			b.ReportAllocs()
			for b.Loop() {
				p, _ := source.Next()
				consume(p)
			}
		})
	}
}

func BenchmarkNewTrace(b *testing.B) {
	c, err := capture.Read(shareddata.Path(b, "data", "pcap", "rate", "echo-connections.pcap"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := NewTrace(c, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(c.Records)), "ns/record")
}
