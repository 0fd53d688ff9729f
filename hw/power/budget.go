package power

import "github.com/dsnsim/dsnsim/sim/units"

// Budget is what a place supplies to one DSN.
type Budget struct {
	Name  string
	Power units.Power
	// Form is what the place is for: a slot of a server, an OCP bay, a box of its own.
	Form Form
	// Double says that the card takes two adjacent slots.
	Double bool
	// Given says that it is a figure of somebody's own, for any form.
	Given bool
	// Source says where the figure is from, or why it is assumed.
	Source string
}

// Form is the form factor of a place.
type Form uint8

// The forms.
const (
	Slot Form = iota // a PCIe slot of a server
	OCP              // an OCP NIC bay, which takes one card and has no second slot
	Box              // a ToR or an appliance, with a supply and cooling of its own
)

// Budgets lists the places that a scenario can name. A box's figure is for each ASIC in it.
func Budgets() []Budget {
	return []Budget{
		{Name: "pcie-25w", Power: 25 * units.Watt, Form: Slot, Source: "book chapter 9.2.5: a standard PCIe slot"},
		{Name: "pcie-double-50w", Power: 50 * units.Watt, Form: Slot, Double: true, Source: "book chapter 9.2.5: two adjacent slots, between 25 and 50 W"},
		{Name: "pcie-75w", Power: 75 * units.Watt, Form: Slot, Source: "PCI Express CEM: x16 slot after Set_Slot_Power_Limit; 75 W in DevCap of a BlueField-2 slot"},
		{Name: "ocp-15w", Power: 15 * units.Watt, Form: OCP, Source: "recalled: lowest thermal tier of OCP NIC 3.0"},
		{Name: "ocp-25w", Power: 25 * units.Watt, Form: OCP, Source: "recalled: a middle thermal tier of OCP NIC 3.0"},
		{Name: "ocp-80w", Power: 80 * units.Watt, Form: OCP, Source: "recalled: highest thermal tier of the OCP NIC 3.0 small form factor"},
		{Name: "tor-60w", Power: 60 * units.Watt, Form: Box, Source: "assumed: supply and cooling for an ASIC of the 2 x 200G class, which takes 50 to 75 W as a card"},
		{Name: "appliance-75w", Power: 75 * units.Watt, Form: Box, Source: "assumed: a full x16 slot for each card in the appliance"},
	}
}

// FindBudget returns the place of a name.
func FindBudget(name string) (Budget, bool) {
	for _, b := range Budgets() {
		if b.Name == name {
			return b, true
		}
	}
	return Budget{}, false
}
