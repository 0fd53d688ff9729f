// Package table91 computes the chapter's Table 9-1: what each placement of a DSN is worth in eight properties, from what a
// scenario's runs measured and from what is known of each placement. It knows no placement by its name. The rules, and
// why they are as they are, stand in docs/table-9-1.md.
package table91

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// The keys of the properties, in JSON and on the command line.
const (
	Applicability = "applicability"
	BareMetal     = "bare_metal"
	Performance   = "performance"
	Footprint     = "footprint"
	RDMAStorage   = "rdma_storage"
	ExtraPort     = "extra_port"
	SpecialToR    = "ds_tor"
	Compromised   = "compromised"
)

// Values that several properties have.
const (
	Yes = "Yes"
	No  = "No"
	// NotMeasured is the cell of a placement that was not simulated, NotKnown of one that cannot even be laid out.
	NotMeasured = "Not measured"
	NotKnown    = "Not known"
)

// Facts is what is known of one placement.
type Facts struct {
	Placement string
	// Row is what was measured of all its traffic; nil where there is no such row.
	Row *result.Result
	// ServerCores is how many cores a server has.
	ServerCores int
	Fit         Fit
	Memory      Memory
	Bill        Bill
	Security    Security
}

// Memory is how the placement gets to the server's memory.
type Memory struct {
	// Ways are the paths from the DSN's chip, in words.
	Ways []string
	// With and Without are why RDMA or storage do not run, where the server's NIC does RDMA and where it does not; empty where
	// they do. NICDoes says which the scenario has.
	With, Without []string
	NICDoes       bool
	// Err is why nothing is known.
	Err string
}

// Bill is what the placement needs, or why that is not known.
type Bill struct {
	Parts prices.Bill
	Err   string
}

// Security is what an attacker can do to the DSN when a server is taken over.
type Security struct {
	// Reach is what the server's kernel gets to, by a walk through who can reach what: one for each of the DSN's resources.
	Reach []Reach
	// Attacks are the runs of the scenario's attacks in this placement.
	Attacks []result.Attack
	Err     string
}

// Reach is whether the kernel gets to a resource, and by which way, or why not.
type Reach struct {
	Resource string
	Open     bool
	How      string
}

// property is one row: its words, and how a cell follows from what is known.
type property struct {
	key, name string
	cell      func(f *Facts, all []Facts) result.Cell
}

func properties() []property {
	return []property{
		{Applicability, "Applicability", applicability},
		{BareMetal, "Bare-metal", bareMetal},
		{Performance, "Performance", performance},
		{Footprint, "Footprint on the server", footprint},
		{RDMAStorage, "Support for RDMA and storage", rdmaAndStorage},
		{ExtraPort, "Requires extra port on ToR", extraPort},
		{SpecialToR, "Requires a distributed services ToR", needs(prices.ToRPremium)},
		{Compromised, "Security compromised if server compromised", compromised},
	}
}

// Keys lists the keys of all properties, in the table's order.
func Keys() []string {
	var list []string
	for _, p := range properties() {
		list = append(list, p.key)
	}
	return list
}

// Of computes the table of some placements. All of them are from one run, for what is relative to the best.
func Of(all []Facts) *result.Table91 {
	t := &result.Table91{}
	for i := range all {
		t.Placements = append(t.Placements, all[i].Placement)
	}
	for _, p := range properties() {
		row := result.Property{Key: p.key, Name: p.name}
		for i := range all {
			row.Cells = append(row.Cells, p.cell(&all[i], all))
		}
		t.Properties = append(t.Properties, row)
	}
	return t
}

// measured returns what the placement measured, or a cell that says why there is nothing.
func (f *Facts) measured() (map[string]float64, result.Cell) {
	switch {
	case f.Row == nil:
		return nil, cell(NotMeasured, "the run was interrupted before this placement was finished")
	case f.Row.Status != result.OK:
		return nil, cell(NotMeasured, f.Row.Status+": "+strings.Join(f.Row.Reasons, "; "))
	}
	return f.Row.Metrics, result.Cell{}
}

// forced adds to a measured cell that the placement cannot be deployed, where it was simulated all the same.
func (f *Facts) forced(c result.Cell) result.Cell {
	if f.Row.Forced {
		c.Evidence = append(c.Evidence, "it was simulated although it cannot be deployed: "+strings.Join(f.Row.Reasons, "; "))
	}
	return c
}

func cell(value string, evidence ...string) result.Cell {
	return result.Cell{Value: value, Evidence: append([]string{}, evidence...)}
}

// sentence is fmt.Sprintf.
func sentence(format string, args ...any) string { return fmt.Sprintf(format, args...) }
