package placement

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sum adds up a frame's way by hand, in ps, from the constants of a profile alone. at is the instant so far: the chip
// starts on edges of its clock.
type sum struct {
	p  *profile.Profile
	at int64
}

// Sizes of the 1500 B frame of the test under the full chain: 1550 B with VXLAN, of which 1532 B are the IP packet; with
// the trailer and padded to 4 B that is 1536 B behind 14+20+8+8 B of headers and before 16+4 B of ICV and FCS.
const (
	tenant = 1500
	onWire = 14 + 20 + 8 + 8 + 1536 + 16 + 4
)

func ceil(a, b int64) int64 { return (a + b - 1) / b }

// serialise is the time of preamble and frame at a rate.
func serialise(bytes, gbps int64) int64 { return ceil((8+bytes)*8*1000, gbps) }

func (s *sum) add(ps int64)           { s.at += ps }
func (s *sum) time(d units.Duration)  { s.at += int64(d) }
func (s *sum) send(bytes, gbps int64) { s.add(serialise(bytes, gbps)) }
func (s *sum) fibre(metres int64)     { s.add(metres * int64(s.p.Cable.FibrePerMetre.Value)) }
func (s *sum) copper(millimetre int64) {
	s.add(millimetre * int64(s.p.Cable.CopperPerMetre.Value) / 1000)
}

// phy is the MAC and PCS of both ends, and the FEC.
func (s *sum) phy(gbps units.Rate) {
	for _, e := range s.p.Ethernet {
		if e.Rate == gbps*units.Gbps {
			s.time(e.PhyTx.Value + e.PhyRx.Value + e.FECRx.Value)
		}
	}
}

// cutThrough is the switch from the first bit in to the first bit out, seen from the last bit in.
func (s *sum) cutThrough(bytes, gbps int64) {
	s.time(s.p.Switch.Latency.Value)
	s.add(-serialise(bytes, gbps))
}

// stored is the switch when the frame must be in first: the port out is faster than the port in.
func (s *sum) stored() { s.time(s.p.Switch.Latency.Value) }

// cycles of a clock of whole MHz, rounded up to a ps.
func (s *sum) cycles(n int64, f units.Freq) { s.add(ceil(n*1_000_000, int64(f/units.MHz))) }

// pass is one way through the pipeline: so many bytes of headers are read, and written. stages is the dependency rule's sum.
func (s *sum) pass(headers, written, stages int64) {
	d := &s.p.DSN
	period := int64(1_000_000) / int64(d.Clock.Value/units.MHz)
	s.at = ceil(s.at, period) * period
	s.cycles(ceil(headers, int64(d.ParserBytesPerCycle.Value)), d.Clock.Value)
	s.cycles(int64(d.ParserLatency.Value), d.Clock.Value)
	s.cycles(stages+ceil(written, int64(d.Parser.DeparserBytes.Value))+int64(d.DeparserLatency.Value), d.Clock.Value)
}

// fullChain is the cycles of the stages, as asic/alloc places the tables of the full chain; it proves the rule.
func (s *sum) fullChain() int64 {
	c, err := asic.Compile(named.Chain(full...), s.p, service.DefaultSizes(1, 8))
	if err != nil {
		panic(err)
	}
	return int64(c.Latency)
}

// crypto ciphers the IP packet of 1536 B; its context is at hand.
func (s *sum) crypto() {
	c := &s.p.DSN.Crypto
	s.cycles(int64(c.SetupCycles.Value)+ceil(1536, int64(c.BytesPerCycle.Value)), c.Clock.Value)
	s.cycles(int64(c.LatencyCycles.Value), c.Clock.Value)
}

// dsnIn decrypts, then looks up. The tenant's 54 B of headers come behind 50 B of ESP and then behind 50 B of VXLAN.
func (s *sum) dsnIn() {
	s.pass(50, 50, s.fullChain())
	s.crypto()
	s.pass(50+54, 54, s.fullChain())
}

// dsnOut looks up, then encrypts.
func (s *sum) dsnOut() {
	s.pass(54, 50+54, s.fullChain())
	s.crypto()
	s.pass(50, 50, s.fullChain())
}

// gen4x16 is the rate of TLPs on the slot: 16 lanes of 16 GT/s with 128b/130b, less an acknowledgement and a credit
// update of 8 B each in 168 symbols, and a skip ordered set of 4 symbols in 1538. (256+28)*3.0/16 + 115 is 168.
func gen4x16() int64 {
	raw := int64(16*16_000_000_000) * 128 / 130
	return raw * ((168-16)*1538 - 4*168) / (168 * 1538)
}

// dmaWrite is the frame in writes of 256 B and a completion descriptor of 16 B, each behind 24 B of header.
func (s *sum) dmaWrite(frame int64) {
	s.tlps(frame + ceil(frame, 256)*24 + 16 + 24)
	s.time(s.p.PCIe.MemoryWrite.Value)
}

// polled is the driver that sees the packet when it looks next.
func (s *sum) polled() {
	every := int64(s.p.Host.Poll.Value)
	s.at = ceil(s.at, every) * every
}

// dmaRead is the doorbell, the fetch of the descriptor, requests of 24 B for 512 B each with the one for the descriptor and
// its write-back of 24 + 16 B, and completions of 256 B behind 20 B, with the descriptor's 20 + 16 B and the doorbell's 24 + 4 B.
func (s *sum) dmaRead(frame int64) {
	s.time(s.p.PCIe.Doorbell.Value)
	s.time(s.p.PCIe.RootComplexRead.Value)
	s.tlps(ceil(frame, 512)*24 + 24 + 24 + 16)
	s.time(s.p.PCIe.RootComplexRead.Value)
	s.tlps(frame + ceil(frame, 256)*20 + 20 + 16 + 24 + 4)
}

// pcieFirewall is so many checks of a card's accesses, one after the other.
func (s *sum) pcieFirewall(n int64) {
	s.cycles(n*int64(s.p.DSN.PCIeFirewall.CheckCycles.Value), s.p.DSN.Clock.Value)
}

// tlps is the time of so many bytes of TLPs on the slot.
func (s *sum) tlps(bytes int64) { s.add(ceil(bytes*8*1_000_000_000_000, gen4x16())) }

// software is the work of a core: the switch twice, a copy on each side of the DSN's machine, and the services.
func (s *sum) software() {
	w := &s.p.Host.Software
	cycles := 2*w.VSwitch.Cycles.Value + 2*w.VHost.Cycles.Value + w.IPsec.Cycles.Value + w.VXLAN.Cycles.Value +
		w.Firewall.Cycles.Value + w.Route.Cycles.Value
	perByte := 2*w.VSwitch.MilliCyclesPerByte.Value + 2*w.VHost.MilliCyclesPerByte.Value + w.IPsec.MilliCyclesPerByte.Value +
		w.VXLAN.MilliCyclesPerByte.Value + w.Firewall.MilliCyclesPerByte.Value + w.Route.MilliCyclesPerByte.Value
	s.cycles(int64(cycles)+ceil(int64(perByte)*onWire, 1000), s.p.Host.Clock.Value)
}

// spineToToR brings the frame into the ToR.
func (s *sum) spineToToR() { s.send(onWire, 100); s.fibre(100); s.phy(100) }

// torToServer goes from the switch to the server.
func (s *sum) torToServer(bytes int64) { s.send(bytes, 25); s.copper(3000); s.phy(25) }

// serverToToR is the reverse.
func (s *sum) serverToToR(bytes int64) { s.send(bytes, 25); s.copper(3000); s.phy(25) }

// torToSpine is the way out: the uplink is faster than the server's link, so the switch stores.
func (s *sum) torToSpine() { s.send(onWire, 100); s.fibre(100); s.phy(100) }

// sums has a way for each placement and direction, in the words of the design.
var sums = map[string]func(s *sum){
	"software inbound": func(s *sum) {
		s.spineToToR()
		s.cutThrough(onWire, 100)
		s.torToServer(onWire)
		s.time(s.p.NIC.RxLatency.Value)
		s.dmaWrite(onWire)
		s.software()
	},
	"software outbound": func(s *sum) {
		s.software()
		s.dmaRead(onWire)
		s.time(s.p.NIC.TxLatency.Value)
		s.serverToToR(onWire)
		s.stored()
		s.torToSpine()
	},
	"nic inbound": func(s *sum) {
		s.spineToToR()
		s.cutThrough(onWire, 100)
		s.torToServer(onWire)
		s.dsnIn()
		s.pcieFirewall(1)
		s.dmaWrite(tenant)
		s.polled()
	},
	"nic outbound": func(s *sum) {
		s.pcieFirewall(3)
		s.dmaRead(tenant)
		s.dsnOut()
		s.serverToToR(onWire)
		s.stored()
		s.torToSpine()
	},
	"bump-in-the-wire inbound": func(s *sum) {
		s.spineToToR()
		s.cutThrough(onWire, 100)
		s.torToServer(onWire)
		s.dsnIn()
		s.send(tenant, 25)
		s.copper(500)
		s.phy(25)
		s.time(s.p.NIC.RxLatency.Value)
		s.dmaWrite(tenant)
		s.polled()
	},
	"bump-in-the-wire outbound": func(s *sum) {
		s.dmaRead(tenant)
		s.time(s.p.NIC.TxLatency.Value)
		s.send(tenant, 25)
		s.copper(500)
		s.phy(25)
		s.dsnOut()
		s.serverToToR(onWire)
		s.stored()
		s.torToSpine()
	},
	"tor inbound": func(s *sum) {
		s.spineToToR()
		s.stored() // 200G out, 100G in
		s.send(onWire, 200)
		s.phy(200)
		s.dsnIn()
		s.send(tenant, 200)
		s.phy(200)
		s.cutThrough(tenant, 200)
		s.torToServer(tenant)
		s.time(s.p.NIC.RxLatency.Value)
		s.dmaWrite(tenant)
		s.polled()
	},
	"tor outbound": func(s *sum) {
		s.dmaRead(tenant)
		s.time(s.p.NIC.TxLatency.Value)
		s.serverToToR(tenant)
		s.stored() // 200G out, 25G in
		s.send(tenant, 200)
		s.phy(200)
		s.dsnOut()
		s.send(onWire, 200)
		s.phy(200)
		s.cutThrough(onWire, 200)
		s.torToSpine()
	},
	"appliance inbound": func(s *sum) {
		s.spineToToR()
		s.cutThrough(onWire, 100) // 100G on both sides
		s.send(onWire, 100)
		s.copper(5000)
		s.phy(100)
		s.dsnIn()
		s.send(tenant, 100)
		s.copper(5000)
		s.phy(100)
		s.cutThrough(tenant, 100)
		s.torToServer(tenant)
		s.time(s.p.NIC.RxLatency.Value)
		s.dmaWrite(tenant)
		s.polled()
	},
	"appliance outbound": func(s *sum) {
		s.dmaRead(tenant)
		s.time(s.p.NIC.TxLatency.Value)
		s.serverToToR(tenant)
		s.stored() // 100G out, 25G in
		s.send(tenant, 100)
		s.copper(5000)
		s.phy(100)
		s.dsnOut()
		s.send(onWire, 100)
		s.copper(5000)
		s.phy(100)
		s.cutThrough(onWire, 100)
		s.torToSpine()
	},
	"discrete inbound": func(s *sum) {
		s.spineToToR()
		s.box("ipsec", onWire, inVXLAN, func(stages int64) { s.pass(50, 50, stages); s.crypto(); s.pass(54, 54, stages) })
		s.box("vxlan", inVXLAN, tenant, func(stages int64) { s.pass(50+54, 54, stages) })
		s.box("firewall", tenant, tenant, func(stages int64) { s.pass(54, 54, stages) })
		s.box("route", tenant, tenant, func(stages int64) { s.pass(54, 54, stages) })
		s.cutThrough(tenant, 100)
		s.torToServer(tenant)
		s.time(s.p.NIC.RxLatency.Value)
		s.dmaWrite(tenant)
		s.polled()
	},
	"discrete outbound": func(s *sum) {
		s.dmaRead(tenant)
		s.time(s.p.NIC.TxLatency.Value)
		s.serverToToR(tenant)
		s.add(serialise(tenant, 100)) // the first switch stores: 100G out, 25G in
		s.box("route", tenant, tenant, func(stages int64) { s.pass(54, 54, stages) })
		s.box("firewall", tenant, tenant, func(stages int64) { s.pass(54, 54, stages) })
		s.box("vxlan", tenant, inVXLAN, func(stages int64) { s.pass(54, 50+54, stages) })
		s.box("ipsec", inVXLAN, onWire, func(stages int64) { s.pass(54, 54, stages); s.crypto(); s.pass(50, 50, stages) })
		s.cutThrough(onWire, 100)
		s.torToSpine()
	},
}

// inVXLAN is the frame in the overlay without ESP.
const inVXLAN = tenant + 50

// box is the way from the ToR's switch to a service's own box and back to the ToR: two cables with a port at each end.
func (s *sum) box(name string, in, out int64, does func(stages int64)) {
	chain, err := asic.Compile(named.Chain(name), s.p, service.DefaultSizes(1, 8))
	if err != nil {
		panic(err)
	}
	s.cutThrough(in, 100) // 100G on both sides
	s.send(in, 100)
	s.copper(5000)
	s.phy(100)
	does(int64(chain.Latency))
	s.send(out, 100)
	s.copper(5000)
	s.phy(100)
}

// A frame of 1500 B through an empty way takes the sum of its parts, to the picosecond, in every placement and
// direction; and the trace tells it without a gap.
func TestLatencyIsTheSumOfItsParts(t *testing.T) {
	for _, p := range All {
		for _, direction := range []string{"inbound", "outbound"} {
			t.Run(p.Name+" "+direction, func(t *testing.T) {
				profile := calm(t)
				profile.Host.Poll.Value = 50 * units.Nanosecond
				got := walk(t, p.Name, direction, scenario(t, full), profile, tenant)
				want := &sum{p: profile, at: int64(apart)}
				by, ok := sums[p.Name+" "+direction]
				require.True(t, ok)
				by(want)
				assert.Equal(t, units.Duration(want.at)-apart, got.latency)
				require.EqualValues(t, onWire, got.Bytes[1])
				tell(t, got)
			})
		}
	}
}

// tell requires the trace to have no gap, no wait (but for a clock edge) and to add up to the latency.
func tell(t *testing.T, w walked) {
	t.Helper()
	at, total := w.Sent, units.Duration(0)
	for _, row := range w.Rows {
		require.Equal(t, at, row.Arrive, row.Name)
		require.Equal(t, row.Leave, row.Arrive.Add(row.Wait+row.Service+row.Latency), row.Name)
		require.NotEmpty(t, row.Name)
		require.Less(t, row.Wait, units.Nanosecond, "%s: nothing is in the way but the clock", row.Name)
		total += row.Wait + row.Service + row.Latency
		at = row.Leave
	}
	require.Equal(t, w.latency, total)
}

// The numbers that everyone knows, as anchors of the arithmetic above.
func TestAnchorsOfTheArithmetic(t *testing.T) {
	assert.EqualValues(t, 120_640, serialise(1500, 100), "1508 B at 100 Gbps")
	assert.EqualValues(t, 482_560, serialise(1500, 25))
	s := sum{p: calm(t)}
	s.fibre(100)
	assert.EqualValues(t, 500_000, s.at, "100 m of fibre in ps")
	assert.EqualValues(t, 1606, onWire)
	assert.InEpsilon(t, 228e9, float64(gen4x16()), 0.005, "what is left of 252 Gbit/s")
}
