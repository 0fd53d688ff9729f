package scenarios

import (
	"path/filepath"
	"strings"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Prices says what things cost. In a file it is the name of a price list, or a map with the list and what differs from it.
type Prices struct {
	// List is the name of a price list, or a YAML file, whose path is relative like a profile's.
	List string `yaml:"list"`
	// What is given replaces the list's figure; nil leaves it.
	DSNCard    *prices.Amount `yaml:"dsn_card"`
	DSNASIC    *prices.Amount `yaml:"dsn_asic"`
	ToRSwitch  *prices.Amount `yaml:"tor_switch"`
	ToRPremium *prices.Amount `yaml:"tor_premium"`
	ToRPort    *prices.Amount `yaml:"tor_port"`
	Chassis    *prices.Amount `yaml:"chassis"`
	NIC        *prices.Amount `yaml:"nic"`
	HostCore   *prices.Amount `yaml:"host_core"`
	EnergyKWh  *prices.Amount `yaml:"energy_kwh"`
	Years      *int           `yaml:"years" strict:"min=1,max=100"`
	PUE        *units.Ratio   `yaml:"pue"`
	strict.Position
}

// defaultPrices is the list that a scenario does not name.
const defaultPrices = "reference"

// UnmarshalStrict decodes the name of a list, or a map.
func (p *Prices) UnmarshalStrict(n *strict.Node) {
	p.Position = n.Position()
	p.List = defaultPrices
	at := n
	if n.Kind() == strict.Scalar {
		p.List = n.Text()
	} else {
		type plain Prices
		n.Decode((*plain)(p))
		at = n.At("list")
	}
	if p.PUE != nil && *p.PUE < units.Whole {
		n.At("pue").Errorf("expected a power usage effectiveness of at least 100%%, got %s", *p.PUE)
	}
	isFile := strings.ContainsRune(p.List, '/') || strings.HasSuffix(p.List, ".yaml")
	switch {
	case !printable(p.List):
		at.Errorf("expected the name of a price list, got %q", p.List)
	case isFile && !at.FromSet() && !filepath.IsAbs(p.List):
		p.List = filepath.Dir(at.File()) + "/" + filepath.FromSlash(p.List)
	}
}

// Resolve returns the list with what the scenario replaces; file is the scenario's, for messages.
func (p *Prices) Resolve(files infile.Files, file string) (*prices.List, error) {
	fault := func(msg string) error { return InputError{File: file, Line: p.Line, Col: p.Col, Msg: msg} }
	l, err := prices.LoadFrom(files, p.List)
	if faults, ok := err.(strict.Errors); ok {
		return nil, faults
	} else if err != nil {
		return nil, fault(err.Error())
	}
	for _, r := range []struct {
		given *prices.Amount
		in    *profile.Constant[prices.Amount]
	}{{p.DSNCard, &l.DSNCard}, {p.DSNASIC, &l.DSNASIC}, {p.ToRSwitch, &l.ToRSwitch}, {p.ToRPremium, &l.ToRPremium}, {p.ToRPort, &l.ToRPort},
		{p.Chassis, &l.Chassis}, {p.NIC, &l.NIC}, {p.HostCore, &l.HostCore}, {p.EnergyKWh, &l.EnergyKWh}} {
		replace(r.in, r.given)
	}
	replace(&l.Years, p.Years)
	replace(&l.PUE, p.PUE)
	if key, want := l.Mixed(); key != "" {
		return nil, fault(key + " is not in " + want + ", as energy_kwh is; give all amounts in one currency")
	}
	return l, nil
}

// replace gives a figure the scenario's value.
func replace[T any](c *profile.Constant[T], given *T) {
	if given != nil {
		*c = profile.Constant[T]{Value: *given, Source: prices.Given, Confidence: "verified"}
	}
}
