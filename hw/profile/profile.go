package profile

import (
	"github.com/dsnsim/dsnsim/sim/units"
)

// Profile is the constants of a DSN and of what is around it.
type Profile struct {
	Name     string         `yaml:"name" strict:"required"`
	Summary  string         `yaml:"summary" strict:"required"`
	Ethernet []EthernetRate `yaml:"ethernet" strict:"required"`
	Cable    Cable          `yaml:"cable" strict:"required"`
	Switch   Switch         `yaml:"switch" strict:"required"`
	NIC      NIC            `yaml:"nic" strict:"required"`
	DSN      DSN            `yaml:"dsn" strict:"required"`
	PCIe     PCIe           `yaml:"pcie" strict:"required"`
	Host     Host           `yaml:"host" strict:"required"`
}

// EthernetRate is the MAC, PCS and FEC of ports of one rate.
type EthernetRate struct {
	Rate  units.Rate               `yaml:"rate" strict:"required"`
	PhyTx Constant[units.Duration] `yaml:"phy_tx" strict:"required"`
	PhyRx Constant[units.Duration] `yaml:"phy_rx" strict:"required"`
	FECRx Constant[units.Duration] `yaml:"fec_rx" strict:"required"` // filling a code word and decoding it
}

// EthernetAt returns the figures of a port of a rate.
func (p *Profile) EthernetAt(rate units.Rate) (EthernetRate, bool) {
	for _, e := range p.Ethernet {
		if e.Rate == rate {
			return e, true
		}
	}
	return EthernetRate{}, false
}

// Cable is propagation.
type Cable struct {
	FibrePerMetre  Constant[units.Duration] `yaml:"fibre_per_metre" strict:"required"`
	CopperPerMetre Constant[units.Duration] `yaml:"copper_per_metre" strict:"required"`
	CopperMax      Constant[units.Length]   `yaml:"copper_max" strict:"required"` // longer cables are fibre
}

// Switch is the merchant silicon of the ToR.
type Switch struct {
	Latency    Constant[units.Duration] `yaml:"latency" strict:"required"` // first bit in to first bit out
	CutThrough Constant[bool]           `yaml:"cut_through" strict:"required"`
	PortBuffer Constant[units.Bytes]    `yaml:"port_buffer" strict:"required"` // the most that one port's queue can take
}

// NIC is an ordinary NIC between its port and PCIe.
type NIC struct {
	RxLatency Constant[units.Duration] `yaml:"rx_latency" strict:"required"`
	TxLatency Constant[units.Duration] `yaml:"tx_latency" strict:"required"`
}

// DSN is the chip.
type DSN struct {
	Clock               Constant[units.Freq]   `yaml:"clock" strict:"required"`
	ParserBytesPerCycle Constant[int]          `yaml:"parser_bytes_per_cycle" strict:"required"`
	ParserLatency       Constant[units.Cycles] `yaml:"parser_latency" strict:"required"`
	DeparserLatency     Constant[units.Cycles] `yaml:"deparser_latency" strict:"required"`
	InitiationInterval  Constant[units.Cycles] `yaml:"initiation_interval" strict:"required"`
	Stages              Constant[int]          `yaml:"stages" strict:"required"`
	MatchCycles         Constant[units.Cycles] `yaml:"match_cycles" strict:"required"` // a stage that waits for a match before it
	TCAMCycles          Constant[units.Cycles] `yaml:"tcam_cycles" strict:"required"`  // more, with a TCAM
	StatefulCycles      Constant[units.Cycles] `yaml:"stateful_cycles" strict:"required"`
	IndependentCycles   Constant[units.Cycles] `yaml:"independent_cycles" strict:"required"`
	CornerTurn          Constant[units.Cycles] `yaml:"corner_turn" strict:"required"`
	IngressBuffer       Constant[units.Bytes]  `yaml:"ingress_buffer" strict:"required"`
	SwitchPortRate      Constant[units.Rate]   `yaml:"switch_port_rate" strict:"required"` // of the board link inside a ToR
	FlowCache           FlowCache              `yaml:"flow_cache" strict:"required"`
	Memory              Memory                 `yaml:"memory" strict:"required"`
	Learner             Learner                `yaml:"learner" strict:"required"`
	Crypto              Crypto                 `yaml:"crypto" strict:"required"`
}

// FlowCache is the part of the flow table that is on the chip.
type FlowCache struct {
	Entries Constant[int] `yaml:"entries" strict:"required"`
	Ways    Constant[int] `yaml:"ways" strict:"required"`
}

// Learner enters new flows into the flow table.
type Learner struct {
	Rate  Constant[int] `yaml:"rate" strict:"required"`  // flows a second, at least one
	Queue Constant[int] `yaml:"queue" strict:"required"` // flows that wait
}

// Memory is HBM or DDR behind the chip.
type Memory struct {
	Channels  Constant[int]            `yaml:"channels" strict:"required"`
	Access    Constant[units.Duration] `yaml:"access" strict:"required"`    // until the data are there
	Occupancy Constant[units.Duration] `yaml:"occupancy" strict:"required"` // how long an access holds its channel
	Queue     Constant[int]            `yaml:"queue" strict:"required"`     // accesses that wait at a channel
}

// Crypto is the crypto complex.
type Crypto struct {
	Cores         Constant[int]          `yaml:"cores" strict:"required"`
	Clock         Constant[units.Freq]   `yaml:"clock" strict:"required"`
	SetupCycles   Constant[units.Cycles] `yaml:"setup_cycles" strict:"required"` // for each packet, holding the core
	BytesPerCycle Constant[int]          `yaml:"bytes_per_cycle" strict:"required"`
	LatencyCycles Constant[units.Cycles] `yaml:"latency_cycles" strict:"required"` // not holding the core
	SACache       Constant[int]          `yaml:"sa_cache" strict:"required"`       // contexts on the chip
	SAWays        Constant[int]          `yaml:"sa_ways" strict:"required"`
	SAFetch       Constant[units.Bytes]  `yaml:"sa_fetch" strict:"required"` // read from memory on a miss
	Queue         Constant[int]          `yaml:"queue" strict:"required"`    // packets
}

// PCIe is the slot and the root complex behind it.
type PCIe struct {
	RootComplexRead Constant[units.Duration] `yaml:"root_complex_read" strict:"required"` // request in to completion out
	MemoryWrite     Constant[units.Duration] `yaml:"memory_write" strict:"required"`      // posted write until visible
	Doorbell        Constant[units.Duration] `yaml:"doorbell" strict:"required"`          // store on the CPU until the device sees it
	MPS             Constant[units.Bytes]    `yaml:"mps" strict:"required"`
	MRRS            Constant[units.Bytes]    `yaml:"mrrs" strict:"required"`
	RCB             Constant[units.Bytes]    `yaml:"rcb" strict:"required"`
	Descriptor      Constant[units.Bytes]    `yaml:"descriptor" strict:"required"`
	DescriptorBatch Constant[int]            `yaml:"descriptor_batch" strict:"required"` // fetched by one read
	Queue           Constant[units.Bytes]    `yaml:"queue" strict:"required"`            // packet bytes that wait for the link
}

// Host is the server's CPU.
type Host struct {
	Clock       Constant[units.Freq] `yaml:"clock" strict:"required"`
	Software    Software             `yaml:"software" strict:"required"`
	RingPackets Constant[int]        `yaml:"ring_packets" strict:"required"` // descriptors of one core's ring
	Stall       Stall                `yaml:"stall" strict:"required"`
}

// Software is what a packet costs a core, by what is done with it.
type Software struct {
	VSwitch  Work `yaml:"vswitch" strict:"required"`
	VHost    Work `yaml:"vhost" strict:"required"`
	IPsec    Work `yaml:"ipsec" strict:"required"`
	VXLAN    Work `yaml:"vxlan" strict:"required"`
	Firewall Work `yaml:"firewall" strict:"required"`
	Route    Work `yaml:"route" strict:"required"`
}

// Service returns the work of a service of the chain.
func (s *Software) Service(name string) (Work, bool) {
	switch name {
	case "ipsec":
		return s.IPsec, true
	case "vxlan":
		return s.VXLAN, true
	case "firewall":
		return s.Firewall, true
	case "route":
		return s.Route, true
	}
	return Work{}, false
}

// Work is cycles of a core for each packet, and thousandths of a cycle for each byte.
type Work struct {
	Cycles             Constant[units.Cycles] `yaml:"cycles" strict:"required"`
	MilliCyclesPerByte Constant[int]          `yaml:"milli_cycles_per_byte" strict:"required"`
}

// Stall is how a core is taken away from its work: how often, and for how long.
type Stall struct {
	MeanInterval Constant[units.Duration] `yaml:"mean_interval" strict:"required"`
	Durations    Constant[[]StallPoint]   `yaml:"durations" strict:"required"`
}

// StallPoint is a quantile of the lengths of stalls; between two points the length is log-linear.
type StallPoint struct {
	Quantile units.Ratio    `yaml:"quantile" strict:"required"`
	Duration units.Duration `yaml:"duration" strict:"required"`
}

// String returns the point as it is printed in a list of constants.
func (p StallPoint) String() string { return p.Quantile.String() + "=" + p.Duration.String() }
