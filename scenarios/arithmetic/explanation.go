package arithmetic

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Explanation is what arithmetic says about a scenario, without simulating it.
type Explanation struct {
	Tool     result.Tool     `json:"tool"`
	Scenario result.Scenario `json:"scenario"`
	// Profile names the hardware.
	Profile    string     `json:"profile"`
	Uplinks    Uplinks    `json:"uplinks"`
	Offers     []Offer    `json:"offers"`
	Placements []Estimate `json:"placements"`
	// Notes tells what a reader must know to trust the figures, one sentence each.
	Notes []string `json:"notes"`
}

// Uplinks is what leads out of the rack, and Oversubscription how many times its rate the servers' links have together.
type Uplinks struct {
	Count            int     `json:"count"`
	Gbps             float64 `json:"gbps"` // of each
	Servers          int     `json:"servers"`
	ServerGbps       float64 `json:"server_gbps"` // of each
	Oversubscription float64 `json:"oversubscription"`
}

// Offer is what the sources of one class offer in one direction, all servers together.
type Offer struct {
	Class     string `json:"class"`
	Direction string `json:"direction"`
	// FrameMeanBytes is the tenant's frame with its FCS, WireMeanBytes the same under the chain's tunnels.
	FrameMeanBytes float64 `json:"frame_mean_bytes"`
	WireMeanBytes  float64 `json:"wire_mean_bytes"`
	result.Load
}

// Estimate is one placement: its chip, its stations, and what it can carry.
type Estimate struct {
	Placement string `json:"placement"`
	Status    string `json:"status"`
	// Reasons and Forced are as in Result. Conditions are what deployment hangs on that the scenario does not say.
	Reasons    []string `json:"reasons,omitempty"`
	Forced     bool     `json:"forced,omitempty"`
	Conditions []string `json:"conditions,omitempty"`
	// Pipeline is the chip's; nil where no chip is on the way.
	Pipeline *Pipeline `json:"pipeline,omitempty"`
	// Boxes are the chips of services that have one each, in the order of the chain.
	Boxes []Box `json:"boxes,omitempty"`
	// Stations are those that packets visit, the busiest at the offered load first.
	Stations []Capacity `json:"stations"`
	// Bottleneck is the first of them. The placement can carry Scale times the offered load, which is Limit, before it is
	// busy all the time; nothing says that the last packets of that load are not lost.
	Bottleneck string      `json:"bottleneck,omitempty"`
	Offered    result.Load `json:"offered"`
	Scale      float64     `json:"scale"`
	Limit      result.Load `json:"limit"`
	// Cores are those that a DSN in software needs; nil elsewhere.
	Cores *result.Cores `json:"cores,omitempty"`
	// Power is what the place supplies and what the chain takes; nil where the placement cannot run the scenario.
	Power *Supply `json:"power,omitempty"`
}

// Box is a service with the pipeline of its own chip.
type Box struct {
	Service string `json:"service"`
	Pipeline
}

// Budget is what a place supplies to one DSN.
type Budget struct {
	Name   string  `json:"name"`
	Watts  float64 `json:"watts"`
	Source string  `json:"source"`
}

// Supply is the power of a placement by arithmetic, as if nothing were lost.
type Supply struct {
	// Budget is nil where no DSN has a place of its own.
	Budget *Budget `json:"budget,omitempty"`
	// RestWatts is what one DSN draws at rest, and DSNWatts the one that takes most at the offered load. TotalWatts is all that
	// the placement takes then.
	RestWatts  float64 `json:"rest_watts"`
	DSNWatts   float64 `json:"dsn_watts"`
	TotalWatts float64 `json:"total_watts"`
	// Scale is how many times the offered load the budget lasts for: 0 where it does not last for what is drawn at rest, absent
	// without a budget or where packets take nothing.
	Scale *float64 `json:"scale,omitempty"`
	// Parts are the components, in a fixed order.
	Parts []SupplyPart `json:"components"`
}

// SupplyPart is what a component takes.
type SupplyPart struct {
	Component string `json:"component"`
	Side      string `json:"side"`
	// RestWatts is drawn at rest, over all DSNs, servers and the rack. NJPerPacket is what a packet takes beyond that, in the mean
	// over all that are offered.
	RestWatts   float64 `json:"rest_watts"`
	NJPerPacket float64 `json:"nj_per_packet"`
}

// Capacity is how busy the offered load makes a station, or the busiest of several that are alike but for their number.
type Capacity struct {
	Name    string `json:"name"`
	Alike   int    `json:"alike"`
	Servers int    `json:"servers"`
	// Direction is inbound, outbound or both.
	Direction string `json:"direction"`
	// Visits is how often a packet comes by, and ServiceNs how long it holds a server in all, in the mean.
	Visits    float64 `json:"visits"`
	ServiceNs float64 `json:"service_ns"`
	// CapacityMpps is how many packets it can serve; absent when they take no time.
	CapacityMpps float64 `json:"capacity_mpps,omitempty"`
	OfferedMpps  float64 `json:"offered_mpps"`
	Utilization  float64 `json:"utilization"`
}

// Fit is how much of something is used and how much there is.
type Fit struct {
	Used      int64 `json:"used"`
	Available int64 `json:"available"`
}

// Pipeline is the stage map of a chip.
type Pipeline struct {
	// Serves is how many servers' tables the chip holds.
	Serves int `json:"serves"`
	InUse  int `json:"stages_in_use"`
	// LatencyCycles and LatencyNs are one pass; a packet makes a number of Passes. EnergyPj is what the stages' memories use
	// for a packet, over all passes.
	LatencyCycles int64   `json:"latency_cycles"`
	LatencyNs     float64 `json:"latency_ns"`
	Passes        int     `json:"passes"`
	EnergyPj      float64 `json:"energy_pj_per_packet"`
	// Accesses are those of one pass.
	Accesses Accesses `json:"block_accesses"`
	SRAM     Fit      `json:"sram_blocks"`
	TCAM     Fit      `json:"tcam_blocks"`
	Parser   Parser   `json:"parser"`
	Stages   []Stage  `json:"stages"`
	Memory   *Memory  `json:"memory,omitempty"`
}

// Parser is the parse graph of a chain.
type Parser struct {
	States      int   `json:"states"`
	PHV         Fit   `json:"phv_bits"`
	WindowBytes int64 `json:"window_bytes"`
	// Cycles is how long it reads the tunnels, as far as they are in the clear, and a tenant's Ethernet, IPv4 and TCP headers.
	Cycles int64 `json:"cycles"`
}

// Accesses are those of a packet to blocks of the stages' memories.
type Accesses struct {
	SRAMReads    int `json:"sram_reads"`
	SRAMWrites   int `json:"sram_writes"`
	TCAMSearches int `json:"tcam_searches"`
}

// Stage is one stage of the pipeline, numbered from 1.
type Stage struct {
	Number int    `json:"number"`
	Parts  []Part `json:"tables"`
	SRAM   Fit    `json:"sram_blocks"`
	TCAM   Fit    `json:"tcam_blocks"`
	// Waits is what it waits for in the stage before: match, action or concurrent, which is nothing.
	Waits         string `json:"waits"`
	LatencyCycles int64  `json:"latency_cycles"`
}

// Part is what a stage holds of a table: all of it, or a number of entries.
type Part struct {
	Table   string `json:"table"`
	Role    string `json:"role,omitempty"`
	Match   string `json:"match"`
	Entries int64  `json:"entries"`
	SRAM    int    `json:"sram_blocks"`
	TCAM    int    `json:"tcam_blocks"`
}

// Memory is what lives behind the chip.
type Memory struct {
	Kind  string `json:"kind"`
	Bytes Fit    `json:"bytes"`
	// CacheFlows is how many flows the chip keeps the answers for, and Flows how many there are. A packet whose flow is
	// not among them takes Reads accesses, one after the other, of AccessNs each.
	CacheFlows int64         `json:"cache_flows"`
	Flows      int64         `json:"flows"`
	Reads      int           `json:"reads"`
	AccessNs   float64       `json:"access_ns"`
	Tables     []MemoryTable `json:"tables"`
}

// MemoryTable is one table in memory.
type MemoryTable struct {
	Table   string `json:"table"`
	Entries int64  `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Reads   int    `json:"reads"`
}
