package profile

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dsnsim/dsnsim/hw/profiles"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
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

// Load returns the profile with a name, or the profile in a YAML file when the name has a slash or ends in .yaml or .yml. Everything
// wrong in the file comes at once as strict.Errors.
func Load(name string) (*Profile, error) { return LoadFrom(infile.Files{}, name) }

// LoadFrom is Load where only some files may be read.
func LoadFrom(files infile.Files, name string) (*Profile, error) {
	file, src, err := read(files, name)
	if err != nil {
		return nil, strict.Error{File: "dsn.profile", Msg: err.Error()}
	}
	return parse(files, file, src)
}

// read returns the text of a profile and the name of its file for messages.
func read(files infile.Files, name string) (file string, src []byte, err error) {
	if strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		src, err = files.Read(name, strict.MaxSource)
		return name, src, err
	}
	src, err = profiles.Files.ReadFile(name + ".yaml")
	if err != nil {
		known := strings.Join(Names(), ", ")
		hint := "; known: " + known
		if near := spell.Nearest(name, Names()); near != "" {
			hint = fmt.Sprintf("; did you mean %q? (known: %s)", near, known)
		}
		return "", nil, fmt.Errorf("there is no profile %q%s", name, hint)
	}
	return "hw/profiles/" + name + ".yaml", src, nil
}

// Parse reads a profile from text; file is its name for messages. A profile with a base has what it leaves out from
// there, constant by constant.
func Parse(file string, src []byte) (*Profile, error) { return parse(infile.Files{}, file, src) }

func parse(files infile.Files, file string, src []byte) (*Profile, error) {
	doc, err := strict.Parse(file, src)
	if err != nil {
		return nil, err
	}
	if base, ok := doc.Top("base"); ok && base.Kind() == strict.Scalar {
		if err := layOver(files, doc, base); err != nil {
			return nil, err
		}
	}
	var p Profile
	if err := doc.Decode(&p); err != nil {
		return nil, err
	}
	return &p, nil
}

// layOver lays a profile over its base, which has none itself.
func layOver(files infile.Files, doc *strict.Document, base *strict.Node) error {
	fault := func(format string, args ...any) error {
		line, col := base.Pos()
		return strict.Errors{{File: base.File(), Line: line, Col: col, Msg: fmt.Sprintf(format, args...)}}
	}
	for _, own := range []string{"name", "summary"} {
		if _, ok := doc.Top(own); !ok {
			return fault("missing key %q: it does not come from the base", own)
		}
	}
	file, src, err := read(files, base.Text())
	if err != nil {
		return fault("%v", err)
	}
	under, err := strict.Parse(file, src)
	if err != nil {
		return err
	}
	if _, deeper := under.Top("base"); deeper {
		return fault("the base %s has a base itself; name a profile that is complete", base.Text())
	}
	doc.Over(under, "value")
	return nil
}

// Constants lists every constant in the order of the file's schema.
func (p *Profile) Constants() []Entry { return Entries(*p) }

// Entries lists every constant in a struct, in the order of its fields.
func Entries(of any) []Entry { return entries(nil, "", reflect.ValueOf(of)) }

// UnmarshalStrict implements strict.Unmarshaler: it refuses values that no hardware has.
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
		{[]string{"dsn", "parser", "deparser_bytes"}, int64(d.Parser.DeparserBytes.Value)},
		{[]string{"dsn", "parser", "window"}, int64(d.Parser.Window.Value)},
		{[]string{"dsn", "parser", "punt_time"}, int64(d.Parser.PuntTime.Value)},
		{[]string{"dsn", "parser", "punt_queue"}, int64(d.Parser.PuntQueue.Value)},
		{[]string{"dsn", "fragments", "datagrams"}, int64(d.Fragments.Datagrams.Value)},
		{[]string{"dsn", "fragments", "timeout"}, int64(d.Fragments.Timeout.Value)},
		{[]string{"dsn", "initiation_interval"}, int64(d.InitiationInterval.Value)},
		{[]string{"dsn", "stages"}, int64(d.Stages.Value)},
		{[]string{"dsn", "switch_port_rate"}, int64(d.SwitchPortRate.Value)},
		{[]string{"dsn", "stage", "sram_blocks"}, int64(d.Stage.SRAMBlocks.Value)},
		{[]string{"dsn", "stage", "tables"}, int64(d.Stage.Tables.Value)},
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
	d.Memory.check(n.At("dsn", "memory"))
	p.checkRooms(n)
	p.checkWorkloads(n)
	p.checkEthernet(n)
	p.checkPCIe(n)
	p.checkPower(n)
	p.Host.Stall.check(n.At("host", "stall", "durations"))
	p.checkSoftware(n)
}

// check wants a memory that is there or not.
func (m *Memory) check(n *strict.Node) {
	if (m.Capacity.Value > 0) != (m.Channels.Value > 0) {
		n.At("channels").Errorf("expected channels above 0 for a memory with a capacity, and none for one without; got %d and %s",
			m.Channels.Value, m.Capacity.Value)
	}
	for _, fan := range []string{"route_fan_out", "rule_fan_out"} {
		if v := map[string]int{"route_fan_out": m.RouteFanOut.Value, "rule_fan_out": m.RuleFanOut.Value}[fan]; v < 2 || v > 1<<16 {
			n.At(fan).Errorf("expected a fan-out from 2 to 65536, got %d", v)
		}
	}
}
