package input

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/offload"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/traffic/ongoing"
	"github.com/dsnsim/dsnsim/sim/twoway"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Prepare reads the captures, each once, and works out the sizes under the chain's tunnels. It keeps their bytes only
// if asked to.
func Prepare(s *scenarios.Scenario, p *profile.Profile, keep bool) ([]*Input, error) {
	read := map[source]Prepared{}
	var list []*Input
	for i := range s.Traffic {
		t := &s.Traffic[i]
		in := &Input{Traffic: t, Forms: NewSizes(s.Stack(), t.OnWire)}
		list = append(list, in)
		if t.PCAP == "" {
			in.Classify(s.DSN.TrafficManager)
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
		in.Prepared = read[from]
		if err := in.splitDirections(s); err != nil {
			return nil, err
		}
		in.Classify(s.DSN.TrafficManager)
	}
	connect(list)
	return list, matchFlows(s, list)
}

// connect numbers the connections of all captures.
func connect(list []*Input) {
	var all ongoing.Connections
	for _, in := range list {
		if in.Trace != nil {
			in.ConnectionOf = all.Number(in.Trace.Tuples())
		}
	}
	for _, in := range list {
		in.Connections = all.Len()
	}
}

// source says which file is read, which part of it, and how.
type source struct {
	pcap, interfaceName, keys string
	decapsulate               bool
	multiply                  int
	mtu                       units.Bytes
	inside                    string
}

func sourceOf(t *demand.Traffic) source {
	return source{t.PCAP, t.Interface, t.Keys, t.Decapsulate, t.Multiply, t.MTU, t.Inside.Text}
}

// Prepared is a capture that was read.
type Prepared struct {
	Found        []string           // what a reader must know of the capture, without the name of the entry
	ways         []twoway.Direction // by record, where the capture is split into its directions
	Trace        *traffic.Trace     // nil for a mix of sizes
	Shapes       []parse.Shape      // by record, of the headers
	Flags        []uint16           // of TCP, by record
	Dscp         []uint8            // by record, noDSCP for what is not IP
	Tracked      *policy.Flows      // where services keep state
	colours      []uint8            // by DSCP, by record
	Joined       *datagram.Joined   // of fragments, nil without any
	Decapsulated *Decapsulated      // nil where the tunnels of a capture are not opened
	Records      []capture.Record   // when a tap needs them
	// sessions are the records' sessions, where services keep state of them.
	sessions *policy.Sessions
}

// readCapture reads a capture, and opens its tunnels if the scenario wants it.
func readCapture(s *scenarios.Scenario, t *demand.Traffic, table datagram.Spec, keep bool) (p Prepared, err error) {
	c, err := capture.ReadIn(s.Files, t.PCAP, t.Interface)
	if err != nil {
		return p, err
	}
	p.Found = oddities(c)
	c, facts, err := offload.Split(c, int(t.MTU))
	if err != nil {
		return p, err
	}
	p.Found = append(p.Found, segmented(facts, t)...)
	p.ways = directionsOf(t, c.Records)
	if c, err = Multiplied(c, t.Multiply); err != nil {
		return p, err
	}
	if keep {
		p.Records = c.Records
	}
	if t.Decapsulates() {
		if c, p.Decapsulated, err = open(s, t, c, keep); err != nil {
			return p, err
		}
	}
	p.Joined = datagram.Join(c.Records, table)
	if p.Trace, err = traffic.NewTrace(c, p.Joined); err != nil {
		return p, &capture.Error{File: t.PCAP, Detail: err.Error()}
	}
	p.Shapes, p.Flags, p.Dscp, p.colours = shapesOf(c), flagsOf(c, p.Joined), DscpOf(c), coloursOf(c)
	if rewrites(s) || Stateful(s) != nil {
		p.sessions = policy.NewSessions(c.Records, p.Joined)
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
