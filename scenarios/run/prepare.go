package run

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/offload"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/traffic/ongoing"
	"github.com/dsnsim/dsnsim/sim/twoway"
	"github.com/dsnsim/dsnsim/sim/units"
)

// prepare reads the captures, each once, and works out the sizes under the chain's tunnels. It keeps their bytes only
// if asked to.
func prepare(s *scenarios.Scenario, p *profile.Profile, keep bool) ([]*input, error) {
	read := map[source]prepared{}
	var list []*input
	for i := range s.Traffic {
		t := &s.Traffic[i]
		in := &input{Traffic: t, sizes: newSizes(serviceNames(s), t.OnWire)}
		list = append(list, in)
		if t.PCAP == "" {
			in.classify(s.DSN.TrafficManager)
			continue
		}
		from := sourceOf(t)
		if _, known := read[from]; !known {
			one, err := readCapture(s, t, fragments(p), keep)
			if err != nil {
				return nil, err
			}
			read[from] = one
		}
		in.prepared = read[from]
		if err := in.partWays(s); err != nil {
			return nil, err
		}
		in.classify(s.DSN.TrafficManager)
	}
	connect(list)
	return list, brought(s, list)
}

// connect numbers the connections of all captures.
func connect(list []*input) {
	var all ongoing.Connections
	for _, in := range list {
		if in.trace != nil {
			in.connectionOf = all.Number(in.trace.Tuples())
		}
	}
	for _, in := range list {
		in.connections = all.Len()
	}
}

// source is what of which file is read, and how.
type source struct {
	pcap, interfaceName, keys string
	decapsulate               bool
	multiply                  int
	mtu                       units.Bytes
	inside                    string
}

func sourceOf(t *scenarios.Traffic) source {
	return source{t.PCAP, t.Interface, t.Keys, t.Decapsulate, t.Multiply, t.MTU, t.Inside.Text}
}

// prepared is a capture that was read.
type prepared struct {
	found   []string         // what a reader must know of the capture, without the name of the entry
	ways    []twoway.Way     // by record, where the capture is split into its directions
	trace   *traffic.Trace   // nil for a mix of sizes
	shapes  []parse.Shape    // by record, of the headers
	flags   []uint16         // of TCP, by record
	dscp    []uint8          // by record, noDSCP for what is not IP
	flows   *policy.Flows    // where services keep state
	colours []uint8          // by DSCP, by record
	joined  *datagram.Joined // of fragments, nil without any
	opened  *opened          // nil where the tunnels of a capture are not opened
	records []capture.Record // when a tap needs them
	// sessions are those of the records, where services keep state of them.
	sessions *policy.Sessions
}

// readCapture reads a capture, and opens it where it is asked to.
func readCapture(s *scenarios.Scenario, t *scenarios.Traffic, table datagram.Spec, keep bool) (p prepared, err error) {
	c, err := capture.ReadIn(s.Files, t.PCAP, t.Interface)
	if err != nil {
		return p, err
	}
	p.found = oddities(c)
	c, facts, err := offload.Split(c, int(t.MTU))
	if err != nil {
		return p, err
	}
	p.found = append(p.found, segmented(facts, t)...)
	p.ways = ways(t, c.Records)
	if c, err = multiplied(c, t.Multiply); err != nil {
		return p, err
	}
	if keep {
		p.records = c.Records
	}
	if t.Opened() {
		if c, p.opened, err = open(s, t, c, keep); err != nil {
			return p, err
		}
	}
	p.joined = datagram.Join(c.Records, table)
	if p.trace, err = traffic.NewTrace(c, p.joined); err != nil {
		return p, &capture.Error{File: t.PCAP, Detail: err.Error()}
	}
	p.shapes, p.flags, p.dscp, p.colours = shapesOf(c), flagsOf(c, p.joined), dscpOf(c), coloursOf(c)
	if rewrites(s) || stateful(s) != nil {
		p.sessions = policy.NewSessions(c.Records, p.joined)
	}
	return p, nil
}

// fragments returns the bounds of the table that joins fragments. That of the chip is taken for software too, so that a
// datagram fares alike everywhere.
func fragments(p *profile.Profile) datagram.Spec {
	f := &p.DSN.Fragments
	return datagram.Spec{Datagrams: f.Datagrams.Value, Held: f.Held.Value, Timeout: f.Timeout.Value}
}

// shapesOf tells for each record what a parser has to read.
func shapesOf(c *capture.Capture) []parse.Shape {
	list := make([]parse.Shape, len(c.Records))
	for i := range c.Records {
		list[i] = parse.ShapeOf(c.Records[i].Data)
	}
	return list
}

func serviceNames(s *scenarios.Scenario) []string {
	var names []string
	for _, v := range s.Services {
		names = append(names, v.Name)
	}
	return names
}
