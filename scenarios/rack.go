package scenarios

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Rack is the servers, their links, and the cables between the boxes.
type Rack struct {
	Servers int        `yaml:"servers" strict:"min=1,max=48"`
	Server  Server     `yaml:"server"`
	Uplink  units.Rate `yaml:"uplink"` // from the ToR to the spine: the rate of each
	// Uplinks is how many there are. A flow takes one of them, by its hash.
	Uplinks int    `yaml:"uplinks" strict:"min=1,max=64"`
	Cables  Cables `yaml:"cables"`
	// Deployment is greenfield (all new) or brownfield (the DSN joins a rack that exists).
	Deployment string `yaml:"deployment" strict:"oneof=greenfield|brownfield"`
	ToR        ToR    `yaml:"tor"`
}

// Server is one server; all in a rack are alike.
type Server struct {
	// Virtualization is kvm, esxi, hyperv or bare-metal. Bare metal leaves the operator no software on the host.
	Virtualization string `yaml:"virtualization" strict:"oneof=kvm|esxi|hyperv|bare-metal"`
	VMs            int    `yaml:"vms" strict:"min=1,max=4096"`
	Cores          int    `yaml:"cores" strict:"min=1,max=1024"`
	PCIe           PCIe   `yaml:"pcie"`
	NIC            NIC    `yaml:"nic"`
	// Slot is pcie, or ocp: a bay that takes one OCP NIC.
	Slot string `yaml:"slot" strict:"oneof=pcie|ocp"`
	// Slots is what is free beside it; nil where nobody says.
	Slots   *Slots  `yaml:"slots"`
	OS      OS      `yaml:"os"`
	Drivers Drivers `yaml:"drivers"`
}

// PCIe is the slot of the NIC or DSN in a server.
type PCIe struct {
	Gen   int `yaml:"gen" strict:"min=1,max=6"`
	Lanes int `yaml:"lanes" strict:"oneof=1|2|4|8|16"`
	// IOMMU says that addresses of DMA are translated, with pages of Page bytes (4 KiB, 2 MiB or 1 GiB).
	IOMMU bool        `yaml:"iommu"`
	Page  units.Bytes `yaml:"page"`
}

// NIC is the server's network port.
type NIC struct {
	Rate  units.Rate `yaml:"rate"`  // of the link to the ToR, one of the Ethernet rates 10 to 800 Gbps
	SRIOV bool       `yaml:"sriov"` // whether VMs reach virtual functions directly
	// Driver is how a VM's driver learns of packets: it polls, or is interrupted.
	Driver string `yaml:"driver" strict:"oneof=poll|interrupt"`
	// Interrupts is their moderation: the card waits for a time after a packet, or for a number of packets. Completions is the
	// same for writing completions back.
	Interrupts  Coalescing `yaml:"interrupts"`
	Completions Coalescing `yaml:"completions"`
	VF          VF         `yaml:"vf"`
	// Tagging is how a DSN outside the server tells whose packets are whose: by the VM's MAC address, or by a VLAN tag that makes
	// frames on the server's link 4 B longer (book chapter 9.4.4).
	Tagging string `yaml:"tagging" strict:"oneof=source-mac|vlan"`
	// RDMA says that an ordinary NIC does RDMA by itself, past a DSN in software.
	RDMA bool `yaml:"rdma"`
	// DSNCapable says that the NIC of a brownfield server can be a DSN, so that none needs to be bought.
	DSNCapable bool `yaml:"dsn_capable"`
}

// Cables are the lengths of the links.
type Cables struct {
	ServerToR    units.Length `yaml:"server_tor"`
	ToRSpine     units.Length `yaml:"tor_spine"`
	ToRAppliance units.Length `yaml:"tor_appliance"`
}

// DSN says which DSN hardware there is, how much of it, and who manages it.
type DSN struct {
	Profile string `yaml:"profile"` // name of a hardware profile
	// ProfileAt is where a file names it; zero where none does.
	ProfileAt strict.Position `yaml:"-"`
	Count     Count           `yaml:"count"`
	// Spread says how a box that servers share picks the chip for a packet: by its flow's hash, by a hash of the server's switch
	// port, or server after server in turn. These two send all packets of a server to one chip. With polarised the chip goes by
	// the flow's hash too, but uplink, VM and tunnel use the same bits of it; otherwise each has bits of its own.
	Spread string `yaml:"spread" strict:"oneof=flow|port|server|polarised"`
	// Management is network or in_band (over the network that carries the traffic), out_of_band (over one of its own), or host
	// (through the card's physical function: a compromised host can change policy).
	Management string   `yaml:"management" strict:"oneof=network|in_band|out_of_band|host"`
	Software   Software `yaml:"software"`
	Power      Power    `yaml:"power"`
	Parser     Parser   `yaml:"parser"`
	// PCIeFirewall says that a DSN on a card checks what its PCIe functions access; the default is true.
	PCIeFirewall bool `yaml:"pcie_firewall"`
	// Insertion says who enters the flows of a stateful firewall on a chip: hardware (the learner) or arm (the chip's own cores).
	// With arm, Upcall says whether the first packet of a flow waits for their decision, or passes as the rules say.
	Insertion string `yaml:"insertion" strict:"oneof=hardware|arm"`
	Upcall    string `yaml:"upcall" strict:"oneof=wait|pass"`
	// TrafficManager schedules the DSN's ports by class; nil for ports that serve packets in the order in which they come.
	TrafficManager *TrafficManager `yaml:"traffic_manager"`
}

// Count is how many DSN chips a shared box holds; with a box for each service, each of them.
type Count struct {
	ToR       int `yaml:"tor" strict:"min=1,max=256"`
	Appliance int `yaml:"appliance" strict:"min=1,max=256"`
	Discrete  int `yaml:"discrete" strict:"min=1,max=256"`
}

// Software is what a DSN in software is given.
type Software struct {
	Cores int `yaml:"cores" strict:"min=1,max=1024"` // host cores, or auto, the default: as many as the load needs, and the server has
	// Auto says that there are to be as many cores as the load needs. Cores are then counted before the run.
	Auto            bool `yaml:"-"`
	SoftwareOptions `yaml:",inline"`
}

// Parser says what a chip does with packets whose headers its parser does not reach.
type Parser struct {
	// TooDeep is pass (on what was parsed, so without ports), punt (to a general core of the chip, which parses them) or drop.
	TooDeep string `yaml:"too_deep" strict:"oneof=pass|punt|drop"`
	// Fragments says where the datagrams of fragments are looked up: in a table of the pipeline, which takes no time, or by a
	// general core of the chip (punt).
	Fragments string `yaml:"fragments" strict:"oneof=table|punt"`
}

// DefaultUplink is the rate of an uplink where a scenario says nothing.
const DefaultUplink = 100 * units.Gbps

// Bounds that keep arithmetic and memory sane. Assumed: beyond what the field builds.
const (
	maxUplink = 100_000 * units.Gbps
	maxCable  = 100_000 * units.Metre
)

// ethernetRates returns the port rates that a NIC may have: the rates of IEEE 802.3 from 10 to 800 Gbps, with 25G and 50G.
func ethernetRates() []units.Rate {
	return []units.Rate{10 * units.Gbps, 25 * units.Gbps, 40 * units.Gbps, 50 * units.Gbps, 100 * units.Gbps, 200 * units.Gbps,
		400 * units.Gbps, 800 * units.Gbps}
}

// UnmarshalStrict decodes and checks the rack section.
func (r *Rack) UnmarshalStrict(n *strict.Node) {
	type plain Rack
	n.Decode((*plain)(r))
	if r.Uplink <= 0 || r.Uplink > maxUplink {
		n.At("uplink").Errorf("expected a rate above 0bps and up to %s, got %s", maxUplink, r.Uplink)
	}
	r.checkToR(n)
}

// UnmarshalStrict decodes and checks a NIC.
func (c *NIC) UnmarshalStrict(n *strict.Node) {
	type plain NIC
	n.Decode((*plain)(c))
	if rates := ethernetRates(); !slices.Contains(rates, c.Rate) {
		n.At("rate").Errorf("expected one of %s, got %s", strings.Trim(fmt.Sprint(rates), "[]"), c.Rate)
	}
	c.checkDriver(n)
}

// UnmarshalStrict decodes and checks the cable lengths.
func (c *Cables) UnmarshalStrict(n *strict.Node) {
	type plain Cables
	n.Decode((*plain)(c))
	for _, cable := range []struct {
		key    string
		length units.Length
	}{{"server_tor", c.ServerToR}, {"tor_spine", c.ToRSpine}, {"tor_appliance", c.ToRAppliance}} {
		if cable.length < 0 || cable.length > maxCable {
			n.At(cable.key).Errorf("expected a length from 0m to %s, got %s", maxCable, cable.length)
		}
	}
}

// UnmarshalStrict decodes and checks the DSN section.
func (d *DSN) UnmarshalStrict(n *strict.Node) {
	type plain DSN
	n.Decode((*plain)(d))
	if n.Has("upcall") && d.Insertion != "arm" {
		n.At("upcall").Errorf("upcall needs insertion: arm; the learner keeps no packet")
	}
	profile := n.At("profile")
	if n.Has("profile") {
		d.ProfileAt = profile.Position()
	}
	switch isFile := strings.ContainsRune(d.Profile, '/') || strings.HasSuffix(d.Profile, ".yaml"); {
	case isFile && strings.ContainsRune(d.Profile, 0), !isFile && !printable(d.Profile):
		profile.Errorf("expected the name of a hardware profile, got %q", d.Profile)
	case isFile && !profile.FromSet() && !filepath.IsAbs(d.Profile):
		// The separator keeps a file beside the scenario from reading as a name.
		d.Profile = filepath.Dir(profile.File()) + "/" + filepath.FromSlash(d.Profile)
	}
}
