package profile

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/dsnsim/dsnsim/hw/profiles"
	"github.com/dsnsim/dsnsim/sim/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Names lists the profiles that the program ships, in alphabetical order.
func Names() []string {
	entries, err := profiles.Files.ReadDir(".")
	if err != nil {
		panic(err) // embedded files cannot fail to be read
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Load returns the profile of a name, or that of a YAML file when the name has a slash or ends in .yaml. Everything
// wrong in the file comes at once as strict.Errors.
func Load(name string) (*Profile, error) {
	if strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, strict.Error{File: "dsn.profile", Msg: err.Error()}
		}
		return Parse(name, src)
	}
	src, err := profiles.Files.ReadFile(name + ".yaml")
	if err != nil {
		hint := "; known: " + strings.Join(Names(), ", ")
		if near := strict.Nearest(name, Names()); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, strict.Error{File: "dsn.profile", Msg: fmt.Sprintf("there is no profile %q%s", name, hint)}
	}
	return Parse("hw/profiles/"+name+".yaml", src)
}

// Parse reads a profile from text; file is its name for messages.
func Parse(file string, src []byte) (*Profile, error) {
	var p Profile
	if err := strict.Decode(file, src, &p); err != nil {
		return nil, err
	}
	return &p, nil
}

// Constants lists every constant in the order of the file's schema.
func (p *Profile) Constants() []Entry { return entries(nil, "", reflect.ValueOf(*p)) }

// UnmarshalStrict is strict.Unmarshaler: it refuses values that no hardware has.
func (p *Profile) UnmarshalStrict(n *strict.Node) {
	type plain Profile
	if !n.Decode((*plain)(p)) {
		return
	}
	d := &p.DSN
	positive := []struct {
		path  []string
		value int64
	}{
		{[]string{"dsn", "clock"}, int64(d.Clock.Value)},
		{[]string{"dsn", "parser_bytes_per_cycle"}, int64(d.ParserBytesPerCycle.Value)},
		{[]string{"dsn", "initiation_interval"}, int64(d.InitiationInterval.Value)},
		{[]string{"dsn", "stages"}, int64(d.Stages.Value)},
		{[]string{"dsn", "switch_port_rate"}, int64(d.SwitchPortRate.Value)},
		{[]string{"dsn", "memory", "channels"}, int64(d.Memory.Channels.Value)},
		{[]string{"dsn", "crypto", "clock"}, int64(d.Crypto.Clock.Value)},
		{[]string{"dsn", "crypto", "bytes_per_cycle"}, int64(d.Crypto.BytesPerCycle.Value)},
		{[]string{"pcie", "descriptor_batch"}, int64(p.PCIe.DescriptorBatch.Value)},
		{[]string{"host", "clock"}, int64(p.Host.Clock.Value)},
		{[]string{"host", "ring_packets"}, int64(p.Host.RingPackets.Value)},
	}
	for _, v := range positive {
		if v.value <= 0 {
			n.At(v.path...).Errorf("expected a value above 0")
		}
	}
	p.Host.Stall.check(n.At("host", "stall", "durations", "value"))
}

// check wants a rising table that ends at 100%.
func (s *Stall) check(n *strict.Node) {
	t := s.Durations.Value
	if s.MeanInterval.Value == 0 {
		return
	}
	if len(t) < 2 || t[0].Quantile != 0 || t[len(t)-1].Quantile != 100*units.Percent {
		n.Errorf("expected at least two points, from quantile 0%% to 100%%")
		return
	}
	for i := range t {
		if t[i].Duration <= 0 || i > 0 && (t[i].Quantile <= t[i-1].Quantile || t[i].Duration < t[i-1].Duration) {
			n.Items()[i].Errorf("point %d (%s) does not rise above the one before", i, t[i])
		}
	}
}
