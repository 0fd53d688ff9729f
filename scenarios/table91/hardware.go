package table91

import (
	"strings"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// byTheNIC is the cell where not the DSN but the server's NIC decides.
const byTheNIC = "Dependent on the server NIC"

// rdmaAndStorage is the cell: whether they run with a NIC that does RDMA, and with one that does not.
func rdmaAndStorage(f *Facts, _ []Facts) result.Cell {
	m := &f.Memory
	with, without := len(m.With) == 0, len(m.Without) == 0
	switch {
	case m.Err != "":
		return cell(NotKnown, m.Err)
	case with && without:
		return cell(Yes, "the DSN reaches the server's memory: "+strings.Join(m.Ways, "; "))
	case !with && !without:
		return cell(No, m.With...)
	}
	does := "does none, so that they do not run here"
	if m.NICDoes {
		does = "does RDMA, so that they run here, past the DSN"
	}
	return cell(byTheNIC, "with a NIC that does RDMA they run", "with one that does not: "+strings.Join(m.Without, "; "),
		"the scenario's NIC "+does+" (rack.server.nic.rdma)")
}

// needs makes the cell of a part: whether the bill of materials has it.
func needs(item prices.Item) func(f *Facts, _ []Facts) result.Cell {
	return func(f *Facts, _ []Facts) result.Cell {
		if f.Bill.Err != "" {
			return cell(NotKnown, f.Bill.Err)
		}
		var parts []string
		value := No
		for _, p := range f.Bill.Parts {
			parts = append(parts, sentence("%d x %s", p.Count, p.Item))
			if p.Item == item && p.Count > 0 {
				value = Yes
			}
		}
		if parts == nil {
			parts = []string{"nothing"}
		}
		return cell(value, "the placement needs "+strings.Join(parts, ", "))
	}
}
