package asic

import (
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// handshakes is the asymmetric engine of a row of chips: k units, and the packets that wait until their tunnel has keys.
// The chips of a box share it, so that a tunnel has one handshake whichever of them its packets go through. Where servers are
// pinned to chips, each chip has its own for their tunnels, and no other helps out.
type handshakes struct {
	station.Server
	name     string
	each     units.Duration // that a handshake holds a unit
	exchange units.Duration // of messages with the far end, which holds none
	spec     *keying.Spec
	table    *keying.Table
	tunnels  uint32 // that the box serves
	servers  []int  // that are pinned to the chip, nil where none are
	waiting  *upcalls
	window   station.Window
	counts   keying.Counts
}

// newHandshakes returns the engine of a box with a number of chips and tunnels.
func newHandshakes(name string, a *profile.Asymmetric, spec *keying.Spec, chips int, tunnels uint32) *handshakes {
	return &handshakes{
		name:     name + ".handshake",
		Server:   station.NewServer(a.Units.Value*chips, station.Room{}),
		each:     a.Handshake.Value,
		exchange: a.Exchange.Value,
		spec:     spec,
		table:    keying.New(spec),
		tunnels:  tunnels,
		waiting:  &upcalls{room: a.Queue.Value * chips, of: map[uint64]int{}},
		window:   station.Window{To: units.Forever},
	}
}

// Serve implements sim.Station: a packet leaves when its tunnel has keys.
func (h *handshakes) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	tunnel := h.spec.Tunnel(p.SA)
	// The tunnels of a box are numbered one after the other; a card's tunnels are its server's.
	h.start()
	h.table.Handshakes(at, tunnel/h.tunnels*h.tunnels, h.tunnels, h.request)
	ready, known := h.table.Ready(at, tunnel)
	if !known {
		ready = h.request(at, tunnel)
		h.table.Begin(tunnel, ready)
	}
	if !ready.After(at) {
		return station.Visit{Start: at, Leave: at, Out: at}, true
	}
	out, ok := h.waiting.behind(at, uint64(tunnel), at)
	if !ok {
		h.Refuse(at)
		return station.Visit{}, false
	}
	return station.Visit{Start: at, Leave: at, Out: out}, true
}

// start asks for the handshakes of the servers that are pinned to the chip, the first time.
func (h *handshakes) start() {
	if h.spec.AtStart {
		for _, server := range h.servers {
			h.table.Start(uint32(server)*h.spec.Tunnels, h.spec.Tunnels, h.request)
		}
	}
	h.servers = nil
}

// request has a unit make a handshake requested at an instant.
func (h *handshakes) request(at units.Time, tunnel uint32) units.Time {
	start := h.StartAnyway(at, 0)
	leave := start.Add(h.each)
	h.Finish(at, start, leave)
	ready := leave.Add(h.exchange)
	h.counts.Note(h.window.From, h.window.To, at, ready)
	h.waiting.forget(at)
	h.waiting.begin(uint64(tunnel), ready)
	return ready
}

func (h *handshakes) Name() string { return h.name }

// DropReason implements sim.Station: there is no room for more packets without keys.
func (h *handshakes) DropReason() uint8 { return uint8(stats.DropNoSA) }

// Ordered implements sim.Station: packets of other tunnels overtake those that wait.
func (h *handshakes) Ordered() bool { return false }

func (h *handshakes) Measure(w station.Window) {
	h.window = w
	h.Server.Measure(w)
}

func (h *handshakes) Usage() []station.Usage {
	return []station.Usage{h.Server.Usage(h.name, h.DropReason())}
}

// addHandshakes adds the engines of a row of chips: one, or one for each chip where servers are pinned to them.
func (d *DSN) addHandshakes(e *sim.Engine, p *profile.Profile, name string, count int) {
	s, homes := d.chain.Keying, d.chain.Homes
	switch {
	case s == nil:
		return
	case homes == nil:
		d.handshakes = []*handshakes{newHandshakes(name, &p.DSN.Asymmetric, s, count, uint32(d.chain.Sizes.Tunnels/2))}
	default:
		for i := range count {
			h := newHandshakes(ChipName(name, i, count), &p.DSN.Asymmetric, s, 1, s.Tunnels)
			for server, chip := range homes {
				if chip == i {
					h.servers = append(h.servers, server)
				}
			}
			d.handshakes = append(d.handshakes, h)
		}
	}
	for i, h := range d.handshakes {
		if n := e.AddStation(h); i == 0 {
			d.keyed = sim.Hop{Op: sim.OpStation, Node: n}
		}
	}
	if len(d.handshakes) > 1 {
		d.keyed.Stride = 1
	}
}

// Handshakes returns how many handshakes were complete in the measured window, or false where tunnels have keys from the
// start.
func (d *DSN) Handshakes() (sum keying.Counts, ok bool) {
	for _, h := range d.handshakes {
		sum.Add(h.counts)
	}
	return sum, len(d.handshakes) > 0
}
