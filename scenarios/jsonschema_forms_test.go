package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/internal/schemagen"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

type (
	schema = schemagen.Schema
	form   = func(*schemagen.Generator) *schema
)

// forms is what the types take that decode themselves.
func forms() map[reflect.Type]form {
	list := map[reflect.Type]form{}
	for name, v := range map[string]any{"duration": units.Duration(0), "size": units.Bytes(0), "bits": units.Bits(0), "rate": units.Rate(0),
		"packet_rate": units.PacketRate(0), "power": units.Power(0), "temperature": units.Temperature(0), "length": units.Length(0), "share": units.Ratio(0)} {
		list[reflect.TypeOf(v)] = func(*schemagen.Generator) *schema { return quantity(name, v) }
	}
	list[reflect.TypeFor[units.Count]()] = func(*schemagen.Generator) *schema { return count() }
	add := func(t reflect.Type, f form) { list[t] = f }
	add(reflect.TypeFor[prices.Amount](), matching("amount", `^[0-9]{1,12}(\.[0-9]{1,6})? ?[A-Z]{3}$`, "1500 USD"))
	add(reflect.TypeFor[PerSecond](), matching("per_second", decimal+` ?[GMk]?/s$`, "1M/s"))
	add(reflect.TypeFor[demand.Multiple](), func(*schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{{Type: "number", Minimum: "1", Maximum: "100"}, {Type: "string", Pattern: decimal + "$"}}}
	})
	add(reflect.TypeFor[Alpha](), alphas)
	add(reflect.TypeFor[chain.DSCP](), codePoints)
	add(reflect.TypeFor[chain.Addresses](), matching("addresses", `^[0-9a-fA-F:.]+(/[0-9]{1,3})?$`, "10.0.0.0/8"))
	add(reflect.TypeFor[chain.Endpoint](), matching("endpoint", `^`+ipv4+`(:[0-9]{1,5})?$`, "10.1.0.1:8080"))
	add(reflect.TypeFor[chain.Ports](), func(*schemagen.Generator) *schema {
		return &schema{Title: "ports", AnyOf: []*schema{whole(0, 65535), {Type: "string", Pattern: "^[0-9]{1,5}(-[0-9]{1,5})?$", Examples: []any{"1-1023"}}}}
	})
	add(reflect.TypeFor[chain.Proto](), func(*schemagen.Generator) *schema {
		return &schema{Title: "protocol", AnyOf: []*schema{enum(chain.ProtoNames...), whole(0, 255), {Type: "string", Pattern: "^[0-9]{1,3}$"}}}
	})
	add(reflect.TypeFor[chain.Pairs](), func(*schemagen.Generator) *schema {
		address := &schema{Type: "string", Pattern: "^" + ipv4 + "$"}
		return &schema{Type: "object", Names: address, Others: &schemagen.Others{Of: address}}
	})
	add(reflect.TypeFor[expect.Expectation](), func(*schemagen.Generator) *schema {
		return &schema{Type: "string", Pattern: `^\s*[^\s<>=!].*([<>=!]|\swithin\s).*\S\s*$`, Examples: []any{"nic.loss.ratio == 0", "nic.latency.p99 < 10us", "nic.state == steady", "nic.loss.ratio < 5% while overloaded", "nic.latency.p99 < 1ms in any state"}}
	})
	add(reflect.TypeFor[chain.Prefixes](), oneOrList[chain.Addresses](0))
	add(reflect.TypeFor[demand.Lengths](), oneOrList[units.Bytes](1))
	add(reflect.TypeFor[Rates](), oneOrList[units.Rate](0))
	addForms(add)
	return list
}

// addForms adds the forms of types with several ways to be written.
func addForms(add func(reflect.Type, form)) {
	add(reflect.TypeFor[demand.Load](), func(*schemagen.Generator) *schema {
		return loadOf("load", units.Ratio(0), units.Rate(0), units.PacketRate(0))
	})
	add(reflect.TypeFor[demand.WorkLoad](), func(*schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{enum("closed"), loadOf("", units.Ratio(0), units.Rate(0))}}
	})
	add(reflect.TypeFor[demand.Sizes](), sizes)
	add(reflect.TypeFor[WarmupRule](), func(g *schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{enum("auto"), g.Of(reflect.TypeFor[units.Duration]())}}
	})
	add(reflect.TypeFor[Precisions](), func(*schemagen.Generator) *schema {
		one := &schema{Type: "string", Pattern: `^\s*\S+\s+` + strings.TrimPrefix(decimal, "^") + `%\s*$`, Examples: []any{"latency.p99 2%"}}
		return &schema{AnyOf: []*schema{one, {Type: "array", Items: one, MinItems: 1, MaxItems: strict.MaxList}}}
	})
	add(reflect.TypeFor[demand.Inside](), func(*schemagen.Generator) *schema {
		one := &schema{Type: "string", Pattern: `^[0-9A-Fa-f.:/-]+$`, Examples: []any{"10.0.0.0/8"}}
		return &schema{AnyOf: []*schema{one, {Type: "array", Items: one, MinItems: 1, MaxItems: strict.MaxList}}}
	})
	add(reflect.TypeFor[DurationRule](), func(g *schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{enum("capture"), g.Of(reflect.TypeFor[units.Duration]())}}
	})
	add(reflect.TypeFor[demand.OnOff](), func(g *schemagen.Generator) *schema {
		time := g.Of(reflect.TypeFor[units.Duration]())
		return &schema{Type: "object", Others: &schemagen.Others{}, Required: []string{"busy", "idle"},
			Keys: schemagen.Properties{{Name: "busy", Schema: time}, {Name: "idle", Schema: time}, {Name: "pareto", Schema: &schema{AnyOf: []*schema{{Type: "number", Maximum: "100"}, {Type: "string", Pattern: decimal + "$"}}}}}}
	})
	add(reflect.TypeFor[Budgets](), func(*schemagen.Generator) *schema {
		s := &schema{Type: "object", Others: &schemagen.Others{}}
		for _, p := range budgeted() {
			s.Keys = append(s.Keys, schemagen.Property{Name: p, Schema: budgetForm()})
		}
		return &schema{AnyOf: []*schema{budgetForm(), s}}
	})
	add(reflect.TypeFor[Prices](), func(g *schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{{Type: anyText}, g.Of(reflect.TypeFor[pricesKeys]())}}
	})
	add(reflect.TypeFor[chain.Backend](), func(g *schemagen.Generator) *schema {
		return &schema{AnyOf: []*schema{g.Of(reflect.TypeFor[chain.Endpoint]()), g.Of(reflect.TypeFor[backendKeys]())}}
	})
	add(reflect.TypeFor[chain.Service](), serviceForm)
	add(reflect.TypeFor[services.Chain](), func(g *schemagen.Generator) *schema {
		return &schema{Type: "array", Items: g.Of(reflect.TypeFor[chain.Service]())}
	})
	add(reflect.TypeFor[composed](), func(*schemagen.Generator) *schema { return &schema{} })
}

// anyText is what the decoder takes for text: any scalar, as it is written.
var anyText = []string{"string", "number", "boolean"}

// The types under another name, without a form of their own.
type (
	pricesKeys  Prices
	backendKeys chain.Backend
)

// fieldForms is what fields take whose type is used in several ways.
func fieldForms() map[string]form {
	path := &schema{Type: "string", Pattern: "[./]", Examples: []any{"my.rules"}}
	return map[string]form{
		"firewallOptions.Rules": func(g *schemagen.Generator) *schema {
			return &schema{AnyOf: []*schema{g.Of(reflect.TypeFor[units.Count]()), path, {Type: "array", Items: g.Of(reflect.TypeFor[chain.Rule]())}}}
		},
		"routeOptions.Routes": func(g *schemagen.Generator) *schema {
			return &schema{AnyOf: []*schema{g.Of(reflect.TypeFor[units.Count]()), path}}
		},
		"lbOptions.VIPs": func(g *schemagen.Generator) *schema {
			return &schema{AnyOf: []*schema{whole(1, chain.MaxGeneratedVIPs), {Type: "string", Pattern: "^[0-9]+$"}, {Type: "array", Items: g.Of(reflect.TypeFor[chain.VIP]()), MinItems: 1, MaxItems: strict.MaxList}}}
		},
		"Software.Cores": func(*schemagen.Generator) *schema {
			return &schema{AnyOf: []*schema{whole(1, 1024), enum("auto")}}
		},
		"SoftwareOptions.Offload": func(*schemagen.Generator) *schema { return listOf(Offloadable()) },
		"Power.Domains":           func(*schemagen.Generator) *schema { return listOf(ClockDomains()) },
		"Scenario.Placements": func(*schemagen.Generator) *schema {
			s := listOf(KnownPlacements())
			s.MinItems = 1
			return s
		},
		"NIC.Rate": func(g *schemagen.Generator) *schema {
			s := *quantity("", units.Rate(0))
			s.Examples = nil
			for _, r := range ethernetRates() {
				s.Examples = append(s.Examples, r.String())
			}
			return &s
		},
		"Scenario.Extends": func(*schemagen.Generator) *schema {
			one := &schema{Type: "string", Examples: []any{"base.yaml"}}
			return &schema{AnyOf: []*schema{one, {Type: "array", Items: one, MinItems: 1}}}
		},
		"Scenario.Matrix": matrixForm,
	}
}

const (
	decimal = `^[0-9]+(\.[0-9]+)?`
	ipv4    = `([0-9]{1,3}\.){3}[0-9]{1,3}`
)

// quantity takes a number with one of its units; a name makes it a definition.
func quantity(name string, v any) *schema {
	symbols, example := units.Symbols(v)
	example, _, _ = strings.Cut(example, " or ")
	return &schema{Title: name, Type: "string", Pattern: decimal + " ?(" + alternatives(symbols) + ")$", Examples: []any{example}}
}

// alternatives are units in a pattern; micro may be written with either of its two characters.
func alternatives(symbols []string) string {
	var out []string
	for _, s := range symbols {
		q := regexp.QuoteMeta(s)
		if strings.HasPrefix(s, "u") {
			q = "[u\u00b5\u03bc]" + regexp.QuoteMeta(s[1:])
		}
		out = append(out, q)
	}
	return strings.Join(out, "|")
}

func count() *schema {
	return &schema{Title: "count", AnyOf: []*schema{{Type: "integer", Minimum: "0"}, {Type: "string", Pattern: decimal + " ?[GMk]?$", Examples: []any{"100k"}}}}
}

// loadOf takes any of several quantities.
func loadOf(name string, kinds ...any) *schema {
	var all []string
	for _, k := range kinds {
		symbols, _ := units.Symbols(k)
		all = append(all, symbols...)
	}
	return &schema{Title: name, Type: "string", Pattern: decimal + " ?(" + alternatives(all) + ")$", Examples: []any{"40%", "20Gbps"}}
}

func sizes(g *schemagen.Generator) *schema {
	size := g.Of(reflect.TypeFor[units.Bytes]())
	named := quantity("", units.Bytes(0))
	return &schema{AnyOf: []*schema{
		enum("imix"), size,
		{Type: "string", Pattern: "^[a-iz]{2,}$", Examples: []any{"aaaaaaadddg"}, Description: "an IMIX genome, RFC 6985"},
		{Type: "array", Items: size, MinItems: 1, MaxItems: strict.MaxList},
		{Type: "object", Names: &schema{Pattern: named.Pattern}, Others: &schemagen.Others{Of: g.Of(reflect.TypeFor[units.Count]())}, MinKeys: 1, MaxKeys: strict.MaxList},
	}}
}

func budgetForm() *schema {
	var places []string
	for _, b := range power.Budgets() {
		places = append(places, b.Name)
	}
	return &schema{AnyOf: []*schema{enum(places...), quantity("", units.Power(0))}}
}

// services takes a name, or a name with its options.
func serviceForm(g *schemagen.Generator) *schema {
	bare, long := enum(), &schema{Type: "object", Others: &schemagen.Others{}, MinKeys: 1, MaxKeys: 1}
	for _, k := range services.All {
		if k.Needs == "" {
			bare.Enum = append(bare.Enum, k.Chip.Name)
		}
		o := &schema{Type: "null"}
		if k.Keys != nil {
			if o = g.Of(reflect.TypeOf(k.Keys)); k.Needs == "" {
				o = &schema{AnyOf: []*schema{o, {Type: "null"}}}
			}
		}
		long.Keys = append(long.Keys, schemagen.Property{Name: k.Chip.Name, Schema: o})
	}
	return &schema{Title: "service", AnyOf: []*schema{bare, long}}
}

func matrixForm(*schemagen.Generator) *schema {
	settings := &schema{Type: "array", Items: &schema{Type: "object", MinKeys: 1}}
	return &schema{Type: []string{"object", "null"}, Keys: schemagen.Properties{{Name: "include", Schema: settings}, {Name: "exclude", Schema: settings}},
		Names:  &schema{Not: &schema{Pattern: `^(name|version|extends|matrix)(\.|$)|^\.|\.\.|\.$`}},
		Others: &schemagen.Others{Of: &schema{Type: "array", MinItems: 1, Unique: true}}}
}

func alphas(*schemagen.Generator) *schema {
	s := &schema{Title: "alpha"}
	for i := maxAlphaLog; i >= -maxAlphaLog; i-- {
		s.Enum = append(s.Enum, json.Number(fmt.Sprint(powerOfTwo(i))), fmt.Sprint(powerOfTwo(i)))
		if i < 0 {
			s.Enum = append(s.Enum, fmt.Sprintf("1/%d", 1<<-i))
		}
	}
	return s
}

func powerOfTwo(i int) float64 {
	if i < 0 {
		return 1 / float64(int(1)<<-i)
	}
	return float64(int(1) << i)
}

func codePoints(*schemagen.Generator) *schema {
	names, _ := chain.DSCPNames()
	return &schema{Title: "dscp", AnyOf: []*schema{whole(0, chain.MaxDSCP), {Type: "string", Pattern: "^[0-9]{1,2}$"}, enum(names...)}}
}

func matching(name, pattern, example string) form {
	return func(*schemagen.Generator) *schema {
		return &schema{Title: name, Type: "string", Pattern: pattern, Examples: []any{example}}
	}
}

// oneOrList takes a value or a list of at least so many.
func oneOrList[T any](least int) form {
	return func(g *schemagen.Generator) *schema {
		one := g.Of(reflect.TypeFor[T]())
		return &schema{AnyOf: []*schema{one, {Type: "array", Items: one, MinItems: least, MaxItems: strict.MaxList}}}
	}
}

func listOf(names []string) *schema {
	return &schema{Type: "array", Items: enum(names...), Unique: true}
}

func enum(names ...string) *schema {
	s := &schema{}
	for _, n := range names {
		s.Enum = append(s.Enum, n)
	}
	return s
}

func whole(least, most int) *schema {
	return &schema{Type: "integer", Minimum: json.Number(fmt.Sprint(least)), Maximum: json.Number(fmt.Sprint(most))}
}

// needs wants one of several keys.
func needs(keys ...string) (list []*schema) {
	for _, k := range keys {
		list = append(list, &schema{Required: []string{k}})
	}
	return list
}
