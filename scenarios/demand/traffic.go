// Package demand is what the tenants send: the traffic and the workloads of a scenario.
package demand

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/offload"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Traffic is one class of traffic: a capture that is replayed, or a synthetic mix. It is what the tenants exchange, for
// each server.
type Traffic struct {
	// Name is the class in reports. The default is the capture's base name, or traffic0 by its place in the list.
	Name string `yaml:"name"`
	// PCAP is a capture file; relative to the scenario file in the file, to the working directory in an override.
	PCAP string `yaml:"pcap"`
	// Sizes is the mix of a synthetic class, empty for a capture.
	Sizes Sizes `yaml:"sizes"`
	Load  Load  `yaml:"load"`
	// Direction is inbound (network to VM), outbound or both.
	Direction string `yaml:"direction" strict:"oneof=inbound|outbound|both"`
	// Pattern says whom the packets are exchanged with; all with the other side of the uplink unless it is set.
	Pattern Pattern `yaml:"pattern"`
	// Loop starts the capture again when it ends.
	Loop bool `yaml:"loop"`
	// Arrivals is constant, poisson, recorded, or "" for what Pacing says.
	Arrivals string `yaml:"arrivals" strict:"oneof=constant|poisson|recorded"`
	Flows    Flows  `yaml:"flows"`
	// OnOff and MMPP (a Markov-modulated Poisson process: phases in turn) make the load of made-up packets go up and down.
	OnOff *OnOff  `yaml:"on_off"`
	MMPP  []Phase `yaml:"mmpp"`
	// Ordered says that Sizes are those of an IMIX genome (RFC 6985), which come in their order.
	Ordered bool `yaml:"-"`
	// Multiply makes a capture that many: copies of its packets from and to other addresses, between its own.
	Multiply int `yaml:"multiply" strict:"min=1,max=10000"`
	// MTU is the longest IP packet of the network that a capture is from, for records that hold several segments (TSO, GRO): they are
	// sent as frames that long, or as their handshake says. 0 for 1500 B where no handshake says.
	MTU units.Bytes `yaml:"mtu"`
	// Inside are the VMs of a capture that was taken where both directions pass: prefixes of their addresses such as 10.0.0.0/8, or
	// Ethernet addresses. What comes from there is sent outbound, what goes there inbound; Load is that of both together.
	Inside Inside `yaml:"inside"`
	// TCP is a class of connections whose ends react to each other, nil for others.
	TCP *TCP `yaml:"tcp"`
	// Incast is a class of bursts to one server, nil for others.
	Incast *Incast `yaml:"incast"`
	// OnWire says that the capture already holds the tunnelled packets.
	OnWire bool `yaml:"on_wire"`
	// SYNFlood is the rate of a class that is nothing but SYNs of 64 B, each of a connection of its own; else 0.
	SYNFlood units.PacketRate `yaml:"syn_flood"`
	// Keys is a file like Wireshark's esp_sa with the keys of an OnWire capture; Decapsulate opens tunnels that need none.
	// The path is relative as PCAP is.
	Keys        string `yaml:"keys"`
	Decapsulate bool   `yaml:"decapsulate"`
	// Interface is the one interface of a pcapng file to replay, by its name; "" for all.
	Interface string `yaml:"interface"`
	// Class is the class of the DSN's traffic manager, "" to go by the DSCP of each packet.
	Class string `yaml:"class"`
	// VMs are the numbers of the VMs of each server that have the packets, by the flow's hash; empty for all. VF names one.
	VMs []int `yaml:"vms" strict:"min=0"`
	VF  int   `yaml:"vf" strict:"min=0"`
	// Servers are the numbers of the servers that have the class; empty for all.
	Servers []int `yaml:"servers" strict:"min=0"`
	strict.Position
}

// Flows says how synthetic packets divide into flows.
type Flows struct {
	Concurrent units.Count `yaml:"concurrent"` // open at a time, for each server
	Size       units.Bits  `yaml:"size"`       // frame bits that a flow carries; 0 for flows that never end
	// Distribution makes packets come by flows: of sizes websearch, hadoop, datamining, exponential or those of a file, in the mean
	// of Size where that is given. Flows begin as Arrivals says (poisson or constant) and send at Rate each, or as fast as
	// makes Concurrent of them in the mean.
	Distribution string     `yaml:"distribution"`
	Rate         units.Rate `yaml:"rate"`
	Arrivals     string     `yaml:"arrivals" strict:"oneof=poisson|constant"`

	sizes *traffic.FlowSizes
}

// Bounds on flows. Assumed: a flow takes 16 bytes of the simulating machine's memory.
const (
	DefaultFlows units.Count = 1000 // assumed: enough to spread over cores and queues, small enough for every cache
	maxFlows     units.Count = 100_000_000
)

// SetDefaults fills what an item need not say.
func (t *Traffic) SetDefaults() {
	*t = Traffic{Direction: "inbound", Loop: true, Flows: Flows{Concurrent: DefaultFlows}}
}

// Pacing is how packets are laid out in time: Arrivals, or where that is empty poisson for a synthetic mix, constant for
// a capture with a load, and recorded for one without. A capture paced as recorded with a load keeps its gaps, scaled.
func (t *Traffic) Pacing() string {
	switch {
	case t.Arrivals != "":
		return t.Arrivals
	case t.PCAP == "":
		return "poisson"
	case t.Load.Set:
		return "constant"
	default:
		return "recorded"
	}
}

// UnmarshalStrict decodes one item and checks that its keys go together.
func (t *Traffic) UnmarshalStrict(n *strict.Node) {
	type plain Traffic
	t.Position = n.Position()
	if !n.Decode((*plain)(t)) && n.Kind() != strict.Mapping {
		return
	}
	switch {
	case n.Has("syn_flood"):
		t.flood(n)
	case n.Has("tcp"):
		t.closedLoop(n)
	case n.Has("incast"):
		if t.Incast != nil {
			t.incast(n)
		}
	case n.Has("pcap") && n.Has("sizes"):
		n.At("sizes").Errorf("pcap and sizes exclude each other: packets come from a capture or from a mix of sizes")
	case n.Has("pcap"):
		t.checkCapture(n)
	case n.Has("sizes"):
		t.checkSynthetic(n)
	default:
		n.Errorf("expected a capture (pcap: web.pcap), a mix of sizes (sizes: imix), an attack (syn_flood: 1Mpps), an incast (incast: {burst: 64kB, every: 1ms}) or connections (tcp: {connections: 8})")
	}
	if t.Flows.Concurrent < 1 || t.Flows.Concurrent > maxFlows {
		n.At("flows", "concurrent").Errorf("expected a count from 1 to %s, got %s", maxFlows, t.Flows.Concurrent)
	}
	t.checkPattern(n)
	t.modulated(n)
	t.checkFlows(n)
	if t.Flows.Size < 0 {
		n.At("flows", "size").Errorf("expected a size of at least 0b, got %s", t.Flows.Size)
	}
}

// flood makes a class of an attack: every packet begins a flow, and no flow has another.
func (t *Traffic) flood(n *strict.Node) {
	for _, key := range []string{"pcap", "sizes", "load", "flows", "loop", "mtu", "inside", "on_wire"} {
		if n.Has(key) {
			n.At(key).Errorf("%s does not go with syn_flood, whose rate is its load", key)
		}
	}
	if t.SYNFlood <= 0 {
		n.At("syn_flood").Errorf("expected a rate above 0, such as 1Mpps, got %s", t.SYNFlood)
	}
	if t.Arrivals == "recorded" {
		n.At("arrivals").Errorf("recorded arrivals are for a capture; a flood has none")
	}
	t.FillFlood()
}

// FillFlood sets what follows from the rate of a flood.
func (t *Traffic) FillFlood() {
	t.Sizes = Sizes{{traffic.MinFrame, 1}}
	t.Load = Load{Packets: t.SYNFlood, Set: true}
	t.Flows = Flows{Concurrent: 1, Size: 1}
}

func (t *Traffic) checkCapture(n *strict.Node) {
	path := n.At("pcap")
	switch {
	case path.Kind() != strict.Scalar:
	case t.PCAP == "" || strings.ContainsRune(t.PCAP, 0):
		path.Errorf("expected the path of a capture, got %q", t.PCAP)
	case !path.FromSet() && !filepath.IsAbs(t.PCAP):
		t.PCAP = filepath.Join(filepath.Dir(path.File()), filepath.FromSlash(t.PCAP))
	}
	t.checkInside(n)
	t.checkOnWire(n)
	if t.Multiply > 1 && t.OnWire {
		n.At("multiply").Errorf("multiply changes the tenants' addresses, which packets in tunnels (on_wire) do not show")
	}
	if n.Has("mtu") && (t.MTU < offload.MinMTU || t.MTU > offload.MaxMTU) {
		n.At("mtu").Errorf("expected an MTU from %dB to %dB, such as 9000B, got %s", offload.MinMTU, offload.MaxMTU, t.MTU)
	}
	for _, key := range []string{"on_off", "mmpp"} {
		if n.Has(key) {
			n.At(key).Errorf("%s is for a mix of sizes; a capture has its own arrivals", key)
		}
	}
	if n.Has("flows") {
		n.At("flows").Errorf("flows are for a mix of sizes; those of a capture are in it")
	}
	if t.Arrivals == "poisson" && !n.Has("load") {
		n.At("arrivals").Errorf("poisson arrivals need a load, such as load: 40%%")
	}
	if t.Arrivals == "constant" && !n.Has("load") {
		n.At("arrivals").Errorf("constant arrivals need a load, such as load: 40%%")
	}
}

func (t *Traffic) checkSynthetic(n *strict.Node) {
	if !n.Has("load") {
		n.Errorf("a mix of sizes needs a load, such as load: 40%%, 20Gbps or 5Mpps")
	}
	if t.Arrivals == "recorded" {
		n.At("arrivals").Errorf("recorded arrivals are for a capture; a mix of sizes has none")
	}
	t.Ordered = n.At("sizes").Kind() == strict.Scalar && traffic.LooksLikeGenome(n.At("sizes").Text())
	for _, key := range []string{"loop", "multiply", "mtu", "inside", "on_wire", "keys", "decapsulate", "interface"} {
		if n.Has(key) {
			n.At(key).Errorf("%s is for a capture; a mix of sizes has none", key)
		}
	}
}

// notInClass is what the default class name of a capture leaves out.
var notInClass = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

func (t *Traffic) DefaultName(i int, reserved func(string) bool) string {
	if t.PCAP != "" {
		base := filepath.Base(filepath.ToSlash(t.PCAP))
		for _, packed := range []string{".gz", ".zst", ".xz"} {
			base = strings.TrimSuffix(base, packed)
		}
		name := strings.Trim(notInClass.ReplaceAllString(strings.TrimSuffix(base, filepath.Ext(base)), "-"), "-")
		if name = name[:min(len(name), 40)]; name != "" && !reserved(name) {
			return name
		}
	}
	return "traffic" + units.Count(i).String()
}

// With returns the entry with made-up packets of other sizes, in equal gaps, in place of its own packets: same name, directions, VMs and
// servers, and flows that do not end where it has a capture.
func (t *Traffic) With(sizes Sizes, ordered bool) Traffic {
	flows := t.Flows
	if flows.Concurrent == 0 || t.PCAP != "" || t.SYNFlood > 0 {
		flows = Flows{Concurrent: DefaultFlows}
	}
	flows.sizes, flows.Distribution = nil, ""
	load := t.Load
	if !load.Set {
		load = Load{Ratio: units.Percent, Set: true}
	}
	return Traffic{Name: t.Name, Sizes: sizes, Ordered: ordered, Load: load, Direction: t.Direction, Pattern: t.Pattern, Arrivals: "constant",
		Flows: flows, Class: t.Class, VMs: t.VMs, VF: t.VF, Servers: t.Servers, Position: t.Position}
}

// ParseSizes reads frame sizes for a search: one size, a genome of RFC 6985, or imix, whose sizes come in a fixed order too.
func ParseSizes(text string) (sizes Sizes, ordered bool, err error) {
	switch {
	case text == "imix":
		for _, m := range traffic.IMIX() {
			for range m.Weight {
				sizes = append(sizes, SizeWeight{m.Frame, 1})
			}
		}
		return sizes, true, nil
	case traffic.LooksLikeGenome(text):
		frames, err := traffic.Genome(text)
		for _, f := range frames {
			sizes = append(sizes, SizeWeight{f, 1})
		}
		return sizes, true, err
	}
	size, err := units.ParseBytes(text)
	if err != nil {
		size, err = units.ParseBytes(text + "B")
	}
	if err != nil || size < traffic.MinFrame || size > traffic.MaxFrame {
		return nil, false, fmt.Errorf("expected imix, a genome such as aaaaaaadddg, or a size from %dB to %dB, got %q", traffic.MinFrame, traffic.MaxFrame, text)
	}
	return Sizes{{size, 1}}, false, nil
}
