package profile

import (
	"github.com/dsnsim/dsnsim/sim/units"
)

// Profile is the constants of a DSN and of what is around it.
type Profile struct {
	Name string `yaml:"name" strict:"required"`
	// Base is the profile that gives what the file leaves out, "" for none.
	Base     string         `yaml:"base"`
	Summary  string         `yaml:"summary" strict:"required"`
	Ethernet []EthernetRate `yaml:"ethernet" strict:"required"`
	Cable    Cable          `yaml:"cable" strict:"required"`
	Switch   Switch         `yaml:"switch" strict:"required"`
	NIC      NIC            `yaml:"nic" strict:"required"`
	DSN      DSN            `yaml:"dsn" strict:"required"`
	PCIe     PCIe           `yaml:"pcie" strict:"required"`
	RDMA     RDMA           `yaml:"rdma" strict:"required"`
	Storage  Storage        `yaml:"storage" strict:"required"`
	Host     Host           `yaml:"host" strict:"required"`
	Power    Power          `yaml:"power" strict:"required"`
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
	Queue     Constant[units.Bytes]    `yaml:"queue" strict:"required"` // packet bytes that wait for descriptors
	Rings     Rings                    `yaml:"rings" strict:"required"`
	VFs       Constant[int]            `yaml:"vfs" strict:"required"` // virtual functions, at least one
	Offload   Offload                  `yaml:"offload" strict:"required"`
}

// Rings are the descriptor rings of a NIC, or of a DSN that is one.
type Rings struct {
	Size   Constant[int]         `yaml:"size" strict:"required"`   // descriptors
	Refill Constant[int]         `yaml:"refill" strict:"required"` // posted with one doorbell
	Done   Constant[int]         `yaml:"done" strict:"required"`   // of the sending side, written back together
	Buffer Constant[units.Bytes] `yaml:"buffer" strict:"required"` // what one descriptor has room for
}

// DSN is the chip.
type DSN struct {
	Clock               Constant[units.Freq]   `yaml:"clock" strict:"required"`
	ParserBytesPerCycle Constant[int]          `yaml:"parser_bytes_per_cycle" strict:"required"`
	ParserLatency       Constant[units.Cycles] `yaml:"parser_latency" strict:"required"`
	DeparserLatency     Constant[units.Cycles] `yaml:"deparser_latency" strict:"required"`
	Parser              Parser                 `yaml:"parser" strict:"required"`
	Fragments           Fragments              `yaml:"fragments" strict:"required"`
	InitiationInterval  Constant[units.Cycles] `yaml:"initiation_interval" strict:"required"`
	Stages              Constant[int]          `yaml:"stages" strict:"required"`
	MatchCycles         Constant[units.Cycles] `yaml:"match_cycles" strict:"required"` // a stage that waits for a match before it
	TCAMCycles          Constant[units.Cycles] `yaml:"tcam_cycles" strict:"required"`  // more, with a TCAM
	StatefulCycles      Constant[units.Cycles] `yaml:"stateful_cycles" strict:"required"`
	IndependentCycles   Constant[units.Cycles] `yaml:"independent_cycles" strict:"required"`
	CornerTurn          Constant[units.Cycles] `yaml:"corner_turn" strict:"required"`
	IngressBuffer       Constant[units.Bytes]  `yaml:"ingress_buffer" strict:"required"`
	SwitchPortRate      Constant[units.Rate]   `yaml:"switch_port_rate" strict:"required"` // of the board link inside a ToR
	Stage               Stage                  `yaml:"stage" strict:"required"`
	FlowCache           FlowCache              `yaml:"flow_cache" strict:"required"`
	Memory              Memory                 `yaml:"memory" strict:"required"`
	Learner             Learner                `yaml:"learner" strict:"required"`
	ARM                 ARM                    `yaml:"arm" strict:"required"`
	Crypto              Crypto                 `yaml:"crypto" strict:"required"`
	Asymmetric          Asymmetric             `yaml:"asymmetric" strict:"required"`
	PCIeFirewall        PCIeFirewall           `yaml:"pcie_firewall" strict:"required"`
}

// Parser is how much the parser reads, and what there is for what it finds.
type Parser struct {
	Window        Constant[units.Bytes]    `yaml:"window" strict:"required"`     // headers that end behind are not seen
	PHV           Constant[int]            `yaml:"phv" strict:"required"`        // bits
	Extensions    Constant[int]            `yaml:"extensions" strict:"required"` // headers of IPv6 that are followed
	DeparserBytes Constant[int]            `yaml:"deparser_bytes" strict:"required"`
	PuntTime      Constant[units.Duration] `yaml:"punt_time" strict:"required"`  // of a general core, for a packet that it parses instead
	PuntQueue     Constant[int]            `yaml:"punt_queue" strict:"required"` // packets that wait for it
}

// Fragments is the table that remembers the first fragment of each datagram under way, whose ports all of them have.
type Fragments struct {
	Datagrams Constant[int]            `yaml:"datagrams" strict:"required"` // under way at a time
	Held      Constant[int]            `yaml:"held" strict:"required"`      // fragments of one that wait for the first
	Timeout   Constant[units.Duration] `yaml:"timeout" strict:"required"`   // since the last fragment
}

// Stage is what each match-action stage has, and what an access to its memories takes.
type Stage struct {
	SRAMBlocks Constant[int] `yaml:"sram_blocks" strict:"required"` // of 1024 words of 128 bits
	TCAMBlocks Constant[int] `yaml:"tcam_blocks" strict:"required"` // of 512 words of 44 bits
	Tables     Constant[int] `yaml:"tables" strict:"required"`      // logical tables
	// The crossbars bring this many bytes of keys to the hashes and to the TCAM, including the half bytes that groups share.
	ExactCrossbar   Constant[units.Bytes]  `yaml:"exact_crossbar" strict:"required"`
	TernaryCrossbar Constant[units.Bytes]  `yaml:"ternary_crossbar" strict:"required"`
	ActionCycles    Constant[units.Cycles] `yaml:"action_cycles" strict:"required"` // a stage that waits for an action before it
	// Seam is a stage, counted from 0, that waits for the look-up before it whatever its tables need; 0 for none.
	Seam       Constant[int]          `yaml:"seam" strict:"required"`
	SRAMRead   Constant[units.Energy] `yaml:"sram_read" strict:"required"`   // of one block
	SRAMWrite  Constant[units.Energy] `yaml:"sram_write" strict:"required"`  // of one block
	TCAMSearch Constant[units.Energy] `yaml:"tcam_search" strict:"required"` // of one block
	// PowerBudget is what the memories of all stages may take at a packet a clock, 0 for no limit.
	PowerBudget Constant[units.Power] `yaml:"power_budget" strict:"required"`
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

// ARM is the chip's own cores, where they enter new flows instead of the learner.
type ARM struct {
	Cores        Constant[int]            `yaml:"cores" strict:"required"`
	Clock        Constant[units.Freq]     `yaml:"clock" strict:"required"`
	InsertCycles Constant[units.Cycles]   `yaml:"insert_cycles" strict:"required"` // to enter a flow
	UpcallCycles Constant[units.Cycles]   `yaml:"upcall_cycles" strict:"required"` // to decide about its first packet
	Path         Constant[units.Duration] `yaml:"path" strict:"required"`          // from the pipeline to a core, or back
	Queue        Constant[int]            `yaml:"queue" strict:"required"`         // flows that wait, and packets behind them
}

// Memory is HBM or DDR behind the chip. A chip without has no capacity and no channels.
type Memory struct {
	Kind      Constant[string]         `yaml:"kind" strict:"required"`
	Capacity  Constant[units.Bytes]    `yaml:"capacity" strict:"required"`
	Channels  Constant[int]            `yaml:"channels" strict:"required"`
	Access    Constant[units.Duration] `yaml:"access" strict:"required"`    // until the data are there
	Occupancy Constant[units.Duration] `yaml:"occupancy" strict:"required"` // how long an access holds its channel
	Queue     Constant[int]            `yaml:"queue" strict:"required"`     // accesses that wait at a channel
	// RouteFanOut and RuleFanOut are how many ways one access of a search among routes or rules decides among.
	RouteFanOut Constant[int] `yaml:"route_fan_out" strict:"required"`
	RuleFanOut  Constant[int] `yaml:"rule_fan_out" strict:"required"`
}

// Crypto is the crypto complex.
type Crypto struct {
	Cores         Constant[int]          `yaml:"cores" strict:"required"`
	Clock         Constant[units.Freq]   `yaml:"clock" strict:"required"`
	SetupCycles   Constant[units.Cycles] `yaml:"setup_cycles" strict:"required"` // for each packet, holding the core
	BytesPerCycle Constant[int]          `yaml:"bytes_per_cycle" strict:"required"`
	LatencyCycles Constant[units.Cycles] `yaml:"latency_cycles" strict:"required"` // not holding the core, with 10 rounds
	RoundCycles   Constant[units.Cycles] `yaml:"round_cycles" strict:"required"`   // latency of each further round
	SACache       Constant[int]          `yaml:"sa_cache" strict:"required"`       // contexts on the chip
	SAWays        Constant[int]          `yaml:"sa_ways" strict:"required"`
	SAFetch       Constant[units.Bytes]  `yaml:"sa_fetch" strict:"required"` // read from memory on a miss
	// SALookups is how many reads of it need the answer of the one before: an association names its key by a number.
	SALookups Constant[int] `yaml:"sa_lookups" strict:"required"`
	// SAHome is where the other contexts are: "memory" is the chip's, "host" is the server's behind PCIe, from which SAReads
	// are read at a time.
	SAHome  Constant[string] `yaml:"sa_home" strict:"required"`
	SAReads Constant[int]    `yaml:"sa_reads" strict:"required"`
	Queue   Constant[int]    `yaml:"queue" strict:"required"` // packets
}

// PCIeFirewall is what checks every access that a card's PCIe functions make or get.
type PCIeFirewall struct {
	CheckCycles Constant[units.Cycles] `yaml:"check_cycles" strict:"required"` // of the chip's clock; one check begins each cycle
	Windows     Constant[int]          `yaml:"windows" strict:"required"`      // that fit
	// ReportRate and DoorbellRate are a second, ReportBurst and DoorbellBurst come at once. Doorbells are for each function.
	ReportRate    Constant[int] `yaml:"report_rate" strict:"required"`
	ReportBurst   Constant[int] `yaml:"report_burst" strict:"required"`
	DoorbellRate  Constant[int] `yaml:"doorbell_rate" strict:"required"`
	DoorbellBurst Constant[int] `yaml:"doorbell_burst" strict:"required"`
}

// Asymmetric is the engine that makes handshakes.
type Asymmetric struct {
	Units     Constant[int]            `yaml:"units" strict:"required"`
	Handshake Constant[units.Duration] `yaml:"handshake" strict:"required"` // that one holds a unit
	Exchange  Constant[units.Duration] `yaml:"exchange" strict:"required"`  // of messages with the far end, holding none
	Queue     Constant[int]            `yaml:"queue" strict:"required"`     // packets that wait for keys
}

// PCIe is the slot and the root complex behind it. Header sizes and line coding are the link's own: package pcie has them.
type PCIe struct {
	RootComplexRead  Constant[units.Duration] `yaml:"root_complex_read" strict:"required"` // request in to completion out
	MemoryWrite      Constant[units.Duration] `yaml:"memory_write" strict:"required"`      // posted write until visible
	Doorbell         Constant[units.Duration] `yaml:"doorbell" strict:"required"`          // store on the CPU until the device sees it
	MPS              Constant[units.Bytes]    `yaml:"mps" strict:"required"`
	MRRS             Constant[units.Bytes]    `yaml:"mrrs" strict:"required"`
	RCB              Constant[units.Bytes]    `yaml:"rcb" strict:"required"`
	Descriptor       Constant[units.Bytes]    `yaml:"descriptor" strict:"required"`
	DescriptorBatch  Constant[int]            `yaml:"descriptor_batch" strict:"required"`  // fetched by one read
	OutstandingReads Constant[int]            `yaml:"outstanding_reads" strict:"required"` // read requests under way
	Queue            Constant[units.Bytes]    `yaml:"queue" strict:"required"`             // packet bytes that wait for the link
	DoorbellStore    Constant[units.Duration] `yaml:"doorbell_store" strict:"required"`    // of the CPU, for one doorbell
	Credits          Credits                  `yaml:"credits" strict:"required"`
	IOMMU            IOMMU                    `yaml:"iommu" strict:"required"`
}

// Credits are what a root port grants a link of generation 3 x8; a faster link has them in proportion.
type Credits struct {
	PostedHeaders Constant[int]            `yaml:"posted_headers" strict:"required"`
	PostedData    Constant[int]            `yaml:"posted_data" strict:"required"` // of 16 B each
	NonPosted     Constant[int]            `yaml:"non_posted" strict:"required"`
	Return        Constant[units.Duration] `yaml:"return" strict:"required"` // from when they are free until the card has them
}

// IOMMU is the translation of DMA addresses, which a scenario turns on.
type IOMMU struct {
	Entries  Constant[int]            `yaml:"entries" strict:"required"` // of the IOTLB
	Walkers  Constant[int]            `yaml:"walkers" strict:"required"`
	Pending  Constant[int]            `yaml:"pending" strict:"required"` // misses that wait or are walked
	Accesses Constant[int]            `yaml:"accesses" strict:"required"`
	Access   Constant[units.Duration] `yaml:"access" strict:"required"`    // of each memory access of a walk
	ReadHold Constant[units.Duration] `yaml:"read_hold" strict:"required"` // how much longer a read holds a walker
}

// Host is the server's CPU.
type Host struct {
	Clock    Constant[units.Freq] `yaml:"clock" strict:"required"`
	Software Software             `yaml:"software" strict:"required"`
	// HandshakeCycles are the core's cycles for the handshake of a tunnel.
	HandshakeCycles Constant[units.Cycles] `yaml:"handshake_cycles" strict:"required"`
	RingPackets     Constant[int]          `yaml:"ring_packets" strict:"required"` // descriptors of one core's ring
	Stall           Stall                  `yaml:"stall" strict:"required"`
	// Poll is how long a driver takes to look at an empty ring, Interrupt how long from an interrupt's message in memory until
	// the driver in a VM has the packets.
	Poll      Constant[units.Duration] `yaml:"poll" strict:"required"`
	Interrupt Constant[units.Duration] `yaml:"interrupt" strict:"required"`
	// What follows is for software whose scenario asks for it (dsn.software).
	Batching   Batching    `yaml:"batching" strict:"required"`
	Wakeup     Wakeup      `yaml:"wakeup" strict:"required"`
	Flows      SwitchFlows `yaml:"flows" strict:"required"`
	NUMA       NUMA        `yaml:"numa" strict:"required"`
	Contention Contention  `yaml:"contention" strict:"required"`
}

// Software is what a packet costs a core, by what is done with it.
type Software struct {
	VSwitch   Work `yaml:"vswitch" strict:"required"`
	VHost     Work `yaml:"vhost" strict:"required"`
	IPsec     Work `yaml:"ipsec" strict:"required"`
	IPsec256  Work `yaml:"ipsec_256" strict:"required"` // with keys of 256 bits
	VXLAN     Work `yaml:"vxlan" strict:"required"`
	Geneve    Work `yaml:"geneve" strict:"required"`
	GRE       Work `yaml:"gre" strict:"required"`
	Telemetry Work `yaml:"telemetry" strict:"required"`
	Firewall  Work `yaml:"firewall" strict:"required"`
	Route     Work `yaml:"route" strict:"required"`
	NAT       Work `yaml:"nat" strict:"required"`
	LB        Work `yaml:"lb" strict:"required"`
	Policer   Work `yaml:"policer" strict:"required"`
	Mirror    Work `yaml:"mirror" strict:"required"` // to decide about a packet
	Copy      Work `yaml:"copy" strict:"required"`   // of one that is mirrored, until the virtual switch has sent it
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
