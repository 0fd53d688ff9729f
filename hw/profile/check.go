package profile

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// hollow are words that fill a source or a reason without saying anything.
var hollow = []string{"recalled", "derived", "verified", "assumed", "assumption", "estimate", "estimated", "guess", "guessed",
	"memory", "source", "unknown", "todo", "tbd", "n/a", "from", "my", "the", "a", "an", "is", "it"}

// says reports whether a text has a word that is not hollow.
func says(text string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(text)), func(w string) bool {
		w = strings.Trim(w, ".,;:!?()[]\"'-")
		return w != "" && !slices.Contains(hollow, w)
	})
}

// checkOrigin wants a source with its confidence, or a reason, that say something.
func checkOrigin(n *strict.Node, source, confidence, assumed string) {
	switch {
	case source == "" && assumed == "":
		n.Errorf("a constant needs a source (source: ..., confidence: ...) or a reason (assumed: ...)")
	case source != "" && assumed != "":
		n.Errorf("a constant is sourced or assumed, not both")
	case source != "" && confidence == "":
		n.Errorf("a source needs a confidence: verified, recalled or derived")
	case assumed != "" && confidence != "":
		n.Errorf("an assumption has no confidence; leave it out")
	case assumed != "" && !says(assumed):
		n.At("assumed").Errorf("expected the reason for the assumption, such as \"the clock of the chip\", got %q", assumed)
	case source != "" && !says(source):
		n.At("source").Errorf("expected from what document, measurement or figures the value is %s, got %q", confidence, source)
	}
}

// checkNumber refuses what no hardware has; sums and products of what it lets through fit 63 bits.
func checkNumber[T any](n *strict.Node, v T) {
	if number(v) < 0 {
		n.Errorf("expected a value of at least 0, got %v", v)
	}
	if most, bounded := largest(v).(T); bounded && number(v) > number(most) {
		n.Errorf("expected a value of at most %v, got %v", most, v)
	}
}

// largest returns the largest plausible value of v's type, or nil for what is not a number.
// assumed: each is far beyond any hardware that a profile may describe
func largest(v any) any {
	switch v.(type) {
	case int:
		return 1 << 27 // entries of a cache, which is allocated
	case units.Duration:
		return 100 * units.Second
	case units.Cycles:
		return units.Cycles(1_000_000_000)
	case units.Freq:
		return 100 * units.GHz
	case units.Rate:
		return 100_000 * units.Gbps
	case units.Bytes:
		return 1024 * units.GiB
	case units.Length:
		return 1_000_000 * units.Metre
	case units.Energy:
		return 1_000_000 * units.Nanojoule
	case units.Power:
		return 1_000_000 * units.Watt
	case units.Temperature:
		return 1000 * units.Celsius
	}
	return nil
}

// checkRooms refuses a queue of zero, which would be no room to a reader and no bound to the kernel, and a cache of zero ways.
func (p *Profile) checkRooms(n *strict.Node) {
	d := &p.DSN
	for _, v := range []struct {
		path  []string
		value int64
	}{
		{[]string{"switch", "port_buffer"}, int64(p.Switch.PortBuffer.Value)},
		{[]string{"nic", "queue"}, int64(p.NIC.Queue.Value)},
		{[]string{"nic", "rings", "refill"}, int64(p.NIC.Rings.Refill.Value)},
		{[]string{"nic", "rings", "done"}, int64(p.NIC.Rings.Done.Value)},
		{[]string{"nic", "vfs"}, int64(p.NIC.VFs.Value)},
		{[]string{"pcie", "credits", "posted_headers"}, int64(p.PCIe.Credits.PostedHeaders.Value)},
		{[]string{"pcie", "credits", "posted_data"}, int64(p.PCIe.Credits.PostedData.Value)},
		{[]string{"pcie", "credits", "non_posted"}, int64(p.PCIe.Credits.NonPosted.Value)},
		{[]string{"pcie", "iommu", "entries"}, int64(p.PCIe.IOMMU.Entries.Value)},
		{[]string{"pcie", "iommu", "walkers"}, int64(p.PCIe.IOMMU.Walkers.Value)},
		{[]string{"pcie", "iommu", "pending"}, int64(p.PCIe.IOMMU.Pending.Value)},
		{[]string{"dsn", "ingress_buffer"}, int64(d.IngressBuffer.Value)},
		{[]string{"dsn", "flow_cache", "ways"}, int64(d.FlowCache.Ways.Value)},
		{[]string{"dsn", "memory", "queue"}, int64(d.Memory.Queue.Value)},
		{[]string{"dsn", "crypto", "sa_ways"}, int64(d.Crypto.SAWays.Value)},
		{[]string{"dsn", "crypto", "queue"}, int64(d.Crypto.Queue.Value)},
		{[]string{"dsn", "asymmetric", "units"}, int64(d.Asymmetric.Units.Value)},
		{[]string{"dsn", "asymmetric", "handshake"}, int64(d.Asymmetric.Handshake.Value)},
		{[]string{"dsn", "asymmetric", "queue"}, int64(d.Asymmetric.Queue.Value)},
		{[]string{"dsn", "arm", "queue"}, int64(d.ARM.Queue.Value)},
		{[]string{"dsn", "arm", "cores"}, int64(d.ARM.Cores.Value)},
		{[]string{"dsn", "arm", "clock"}, int64(d.ARM.Clock.Value)},
		{[]string{"dsn", "crypto", "sa_reads"}, int64(d.Crypto.SAReads.Value)},
		{[]string{"dsn", "crypto", "sa_lookups"}, int64(d.Crypto.SALookups.Value)},
		{[]string{"dsn", "pcie_firewall", "windows"}, int64(d.PCIeFirewall.Windows.Value)},
		{[]string{"dsn", "pcie_firewall", "report_rate"}, int64(d.PCIeFirewall.ReportRate.Value)},
		{[]string{"dsn", "pcie_firewall", "report_burst"}, int64(d.PCIeFirewall.ReportBurst.Value)},
		{[]string{"dsn", "pcie_firewall", "doorbell_rate"}, int64(d.PCIeFirewall.DoorbellRate.Value)},
		{[]string{"dsn", "pcie_firewall", "doorbell_burst"}, int64(d.PCIeFirewall.DoorbellBurst.Value)},
		{[]string{"pcie", "outstanding_reads"}, int64(p.PCIe.OutstandingReads.Value)},
		{[]string{"pcie", "queue"}, int64(p.PCIe.Queue.Value)},
	} {
		if v.value == 0 {
			n.At(v.path...).Errorf("expected a value above 0")
		}
	}
	if home := d.Crypto.SAHome.Value; home != "memory" && home != "host" {
		n.At("dsn", "crypto", "sa_home", "value").Errorf("expected memory or host, got %q", home)
	}
}

// checkEthernet wants each rate once, and the one of the links inside a ToR among them.
func (p *Profile) checkEthernet(n *strict.Node) {
	for i, e := range p.Ethernet {
		at := n.At("ethernet").Items()[i].At("rate")
		if e.Rate == 0 {
			at.Errorf("expected a value above 0")
		}
		if slices.ContainsFunc(p.Ethernet[:i], func(before EthernetRate) bool { return before.Rate == e.Rate }) {
			at.Errorf("%s is given twice", e.Rate)
		}
	}
	if rate := p.DSN.SwitchPortRate.Value; rate > 0 {
		if _, ok := p.EthernetAt(rate); !ok {
			n.At("dsn", "switch_port_rate", "value").Errorf("there are no Ethernet figures for %s", rate)
		}
	}
}

// checkPCIe wants sizes that a link can have.
// source: PCI Express Base Specification, Device Control and Link Control registers
func (p *Profile) checkPCIe(n *strict.Node) {
	payload := func(key string, v units.Bytes) {
		if v < 128 || v > 4096 || v&(v-1) != 0 {
			n.At("pcie", key, "value").Errorf("expected 128B, 256B, 512B, 1KiB, 2KiB or 4KiB, got %s", v)
		}
	}
	payload("mps", p.PCIe.MPS.Value)
	payload("mrrs", p.PCIe.MRRS.Value)
	if v := p.PCIe.RCB.Value; v != 64 && v != 128 {
		n.At("pcie", "rcb", "value").Errorf("expected 64B or 128B, got %s", v)
	}
	p.checkRings(n)
}

// largestRing bounds a ring. assumed: no NIC has rings of more than 32,768 descriptors
const largestRing = 1 << 15

// checkRings wants rings that can hold the longest frame and the next one, whose driver posts before they are empty.
func (p *Profile) checkRings(n *strict.Node) {
	const longest = 9218 // bytes, the longest frame that a source sends
	r := &p.NIC.Rings
	if v := r.Buffer.Value; v < 64 || v > 64*units.KiB {
		n.At("nic", "rings", "buffer", "value").Errorf("expected 64B to 64KiB, got %s", v)
		return
	}
	need := 2 * int((longest+r.Buffer.Value-1)/r.Buffer.Value)
	if v := r.Size.Value; v < need || v > largestRing {
		n.At("nic", "rings", "size", "value").Errorf("expected %d to %d descriptors, twice those of a frame of %d B, got %d", need, largestRing, longest, v)
	}
	if v := r.Refill.Value; v > r.Size.Value/2 {
		n.At("nic", "rings", "refill", "value").Errorf("expected at most half a ring of %d, got %d", r.Size.Value, v)
	}
	if v := p.PCIe.DescriptorBatch.Value; v < 1 || v > r.Size.Value {
		n.At("pcie", "descriptor_batch", "value").Errorf("expected 1 to a ring of %d, got %d", r.Size.Value, v)
	}
}

// check wants rising tables that end at 100%. An interval of 0 means that nothing takes the cores away.
func (s *Stall) check(n *strict.Node) {
	if s.MeanInterval.Value == 0 {
		return
	}
	checkQuantiles(n.At("value"), s.Durations.Value)
	if s.Durations.Low != nil {
		checkQuantiles(n.At("low"), *s.Durations.Low)
	}
	if s.Durations.High != nil {
		checkQuantiles(n.At("high"), *s.Durations.High)
	}
}

func checkQuantiles(n *strict.Node, t []StallPoint) {
	if len(t) < 2 || t[0].Quantile != 0 || t[len(t)-1].Quantile != 100*units.Percent {
		n.Errorf("expected at least two points, from quantile 0%% to 100%%")
		return
	}
	for i := range t {
		if t[i].Duration <= 0 || i > 0 && (t[i].Quantile <= t[i-1].Quantile || t[i].Duration < t[i-1].Duration) {
			n.Items()[i].Errorf("point %d (%s) does not rise above the one before", i, t[i])
		} else {
			checkNumber(n.Items()[i].At("duration"), t[i].Duration)
		}
	}
}
