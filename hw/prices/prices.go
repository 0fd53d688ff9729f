// Package prices holds what the parts of a rack cost, each figure with where it comes from, and what a list of parts costs.
package prices

import (
	"embed"
	"fmt"
	"reflect"
	"strings"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

//go:embed *.yaml
var files embed.FS

// Item is a part that a placement needs.
type Item uint8

// The items, in the order of reports.
const (
	DSNCard Item = iota
	DSNASIC
	NIC
	HostCore
	ToRSwitch
	ToRPremium
	ToRPort
	Chassis
	// UplinkPort is a ToR port like others, of an uplink beyond the first.
	UplinkPort

	items = int(UplinkPort) + 1
)

// String returns the name in reports.
func (i Item) String() string {
	return [items]string{"DSN card", "DSN ASIC", "ordinary NIC", "host core", "ToR switch", "ToR premium for DSNs", "ToR port", "appliance chassis",
		"ToR port of an uplink"}[i]
}

// Items lists all items.
func Items() []Item {
	list := make([]Item, items)
	for i := range list {
		list[i] = Item(i)
	}
	return list
}

// List is what things cost.
type List struct {
	Name    string `yaml:"name" strict:"required"`
	Summary string `yaml:"summary" strict:"required"`
	// DSNCard is a card for a server, DSNASIC a chip with its memory in a box.
	DSNCard profile.Constant[Amount] `yaml:"dsn_card" strict:"required"`
	DSNASIC profile.Constant[Amount] `yaml:"dsn_asic" strict:"required"`
	// ToRSwitch is an ordinary one, ToRPremium what one with room for DSNs costs beyond that, and ToRPort a port of it.
	ToRSwitch  profile.Constant[Amount] `yaml:"tor_switch" strict:"required"`
	ToRPremium profile.Constant[Amount] `yaml:"tor_premium" strict:"required"`
	ToRPort    profile.Constant[Amount] `yaml:"tor_port" strict:"required"`
	// Chassis is an appliance without its DSNs.
	Chassis  profile.Constant[Amount] `yaml:"chassis" strict:"required"`
	NIC      profile.Constant[Amount] `yaml:"nic" strict:"required"`
	HostCore profile.Constant[Amount] `yaml:"host_core" strict:"required"`
	// EnergyKWh is a kilowatt-hour. The parts run for Years, and each of their kilowatt-hours takes PUE of them.
	EnergyKWh profile.Constant[Amount]      `yaml:"energy_kwh" strict:"required"`
	Years     profile.Constant[int]         `yaml:"years" strict:"required"`
	PUE       profile.Constant[units.Ratio] `yaml:"pue" strict:"required"`
}

// Price returns what one of an item costs.
func (l *List) Price(i Item) Amount {
	return [items]*profile.Constant[Amount]{DSNCard: &l.DSNCard, DSNASIC: &l.DSNASIC, NIC: &l.NIC, HostCore: &l.HostCore, ToRSwitch: &l.ToRSwitch,
		ToRPremium: &l.ToRPremium, ToRPort: &l.ToRPort, Chassis: &l.Chassis, UplinkPort: &l.ToRPort}[i].Value
}

// Currency is the currency of all amounts.
func (l *List) Currency() string { return l.EnergyKWh.Value.Currency }

// Constants lists every figure in the order of the file's schema.
func (l *List) Constants() []profile.Entry { return profile.Entries(*l) }

// Names lists the lists that the program ships, in alphabetical order.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // embedded files cannot fail to be read
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Load returns the list with a name, or the list in a YAML file when the name has a slash or ends in .yaml. Everything wrong in the file
// comes at once as strict.Errors.
func Load(name string) (*List, error) { return LoadFrom(infile.Files{}, name) }

// LoadFrom is Load where only some files may be read.
func LoadFrom(readable infile.Files, name string) (*List, error) {
	file, src, err := name, []byte(nil), error(nil)
	if strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") {
		src, err = readable.Read(name, strict.MaxSource)
	} else if src, err = files.ReadFile(name + ".yaml"); err != nil {
		return nil, fmt.Errorf("there is no price list %q%s", name, spell.DidYouMean(name, Names()))
	} else {
		file = "hw/prices/" + name + ".yaml"
	}
	if err != nil {
		return nil, err
	}
	return Parse(file, src)
}

// Parse reads a list from text; file is its name for messages.
func Parse(file string, src []byte) (*List, error) {
	doc, err := strict.Parse(file, src)
	if err != nil {
		return nil, err
	}
	var l List
	if err := doc.Decode(&l); err != nil {
		return nil, err
	}
	return &l, nil
}

// UnmarshalStrict implements strict.Unmarshaler: it wants one currency, and a time.
func (l *List) UnmarshalStrict(n *strict.Node) {
	type plain List
	if !n.Decode((*plain)(l)) {
		return
	}
	if key, want := l.Mixed(); key != "" {
		n.At(key, "value").Errorf("expected an amount in %s, as energy_kwh is; give all in one currency", want)
	}
	if l.Years.Value < 1 || l.Years.Value > 100 {
		n.At("years", "value").Errorf("expected 1 to 100 years, got %d", l.Years.Value)
	}
	if l.PUE.Value < units.Whole {
		n.At("pue", "value").Errorf("expected a power usage effectiveness of at least 100%%, got %s", l.PUE.Value)
	}
}

// Mixed returns the key of an amount that is not in the currency of the energy, and that currency; "" where all are.
func (l *List) Mixed() (key, want string) {
	v := reflect.ValueOf(*l)
	for i := range v.NumField() {
		if c, ok := v.Field(i).Interface().(profile.Constant[Amount]); ok && c.Value.Currency != l.Currency() {
			return v.Type().Field(i).Tag.Get("yaml"), l.Currency()
		}
	}
	return "", ""
}

// Part is a number of an item.
type Part struct {
	Item  Item
	Count int64
}

// Bill is the parts that a placement needs, in the order of the items.
type Bill []Part

// Add adds a number of an item.
func (b *Bill) Add(i Item, n int) {
	for k := range *b {
		switch p := &(*b)[k]; {
		case p.Item == i:
			p.Count += int64(n)
			return
		case p.Item > i:
			*b = append((*b)[:k], append(Bill{{i, int64(n)}}, (*b)[k:]...)...)
			return
		}
	}
	*b = append(*b, Part{i, int64(n)})
}

// Of returns what a bill costs by the list.
func (l *List) Of(b Bill) Amount {
	sum := Amount{Currency: l.Currency()}
	for _, p := range b {
		sum.Micros += p.Count * l.Price(p.Item).Micros
	}
	return sum
}

// Given is the source of a figure that a scenario gives.
const Given = "the scenario"

// hoursPerYear is for a mean year of the Gregorian calendar.
const hoursPerYear = 8765.82

// KWh returns the energy that a mean power takes over the years, in kilowatt-hours, cooling and supply included.
func (l *List) KWh(watts float64) float64 {
	return watts / 1000 * hoursPerYear * float64(l.Years.Value) * float64(l.PUE.Value) / float64(units.Whole)
}
