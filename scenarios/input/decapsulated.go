package input

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Decapsulated is what came of taking the packets of a capture out of their tunnels, in the order of the capture, which is
// that in which they reach the DSN.
type Decapsulated struct {
	plain   []uint32 // by record: the size of the tenant's frame with FCS
	refused []uint32 // by record: the reason for which it is dropped, as a bit, or 0
	tenant  []uint32 // by record: whose packet it is, from 0
	inside  [][]byte // by record: the tenant's frame, nil where it is refused; only where a tap needs them
	counts  [stats.DropReasons]int
	why     map[string]int // how many were not opened, by reason
	odd     int            // records whose outer ECN does not go with what is inside
}

// open opens a capture for the chain of a scenario. It also returns the capture with the frames inside in place of those
// that it could open, of the lengths on the wire.
func open(s *scenarios.Scenario, t *demand.Traffic, c *capture.Capture, keep bool) (*capture.Capture, *Decapsulated, error) {
	r, err := receiver(s, t)
	if err != nil {
		return nil, nil, err
	}
	stack := s.Stack()
	o := &Decapsulated{why: map[string]int{}}
	inside := *c
	inside.Records = make([]capture.Record, len(c.Records))
	sizes := NewSizes(s.Stack(), true)
	order := map[int]uint32{}
	for i := range c.Records {
		record := c.Records[i]
		found, err := r.Open(record.Data)
		if found.Odd {
			o.odd++
		}
		reason, refused := reasonOf(err)
		plain := sizes.Of(uint32(record.Wire + traffic.FCS))[packet.Plain]
		if refused {
			o.counts[reason]++
			o.why[tunnel.Why(err)]++
			o.refused = append(o.refused, 1<<reason)
			found.Frame = nil
		} else {
			o.refused = append(o.refused, 0)
			record.Data = found.Frame
			record.Network = networkIn(&stack, &found)
			plain = uint32(max(len(found.Frame)+traffic.FCS, traffic.MinFrame))
		}
		o.plain = append(o.plain, plain)
		o.tenant = append(o.tenant, tenantOf(&stack, &found, order))
		if keep {
			o.inside = append(o.inside, found.Frame)
		}
		inside.Records[i] = record
	}
	return &inside, o, nil
}

// receiver makes what opens the tunnels of a capture, with its keys.
func receiver(s *scenarios.Scenario, t *demand.Traffic) (*tunnel.Receiver, error) {
	keys, err := readKeys(s.Files, t.Keys)
	if err != nil {
		return nil, err
	}
	r, err := tunnel.NewReceiver(s.Stack(), keys)
	if err != nil {
		return nil, scenarios.InputError{File: t.Keys, Msg: err.Error()}
	}
	return r, nil
}

// readKeys reads the keys of a capture, none where it has no file.
func readKeys(files infile.Files, path string) ([]tunnel.Config, error) {
	if path == "" {
		return nil, nil
	}
	f, err := files.Open(path)
	var failed *infile.Error
	if errors.As(err, &failed) {
		return nil, scenarios.InputError{File: path, Msg: "cannot open the keys: " + failed.Reason}
	}
	defer f.Close()
	return tunnel.ReadKeys(path, f)
}

// reasonOf tells for which reason a DSN drops a frame that a Receiver refused.
func reasonOf(err error) (stats.DropReason, bool) {
	switch {
	case err == nil:
		return 0, false
	case errors.Is(err, tunnel.ErrReplay):
		return stats.DropReplay, true
	case errors.Is(err, tunnel.ErrICV):
		return stats.DropAuth, true
	case errors.Is(err, tunnel.ErrTunnel):
		return stats.DropTunnel, true
	case errors.Is(err, tunnel.ErrECN):
		return stats.DropECN, true
	}
	return stats.DropNoSA, true
}

// tenantOf numbers the tenants: by the network of the overlay where it is one of the server's, else by the order in which
// their security associations appear.
func tenantOf(s *tunnel.Stack, o *tunnel.Decapsulated, order map[int]uint32) uint32 {
	if n := o.Carrier.Tenant - s.FirstTenant; o.Frame != nil && s.Overlay != tunnel.NoOverlay && o.Carrier.Tenant >= s.FirstTenant {
		return n
	}
	n, known := order[o.SA]
	if !known {
		n = uint32(len(order))
		order[o.SA] = n
	}
	return n
}

// networkIn returns the network that a frame came out of, counted from the first VM's: networks below that get the numbers behind
// all others. It is 0 without an overlay: a security association is of one direction and is replaced, so it names no network.
func networkIn(s *tunnel.Stack, o *tunnel.Decapsulated) uint32 {
	if s.Overlay == tunnel.NoOverlay {
		return 0
	}
	return o.Carrier.Tenant - s.FirstTenant
}

// Fill sets what a packet really has in it: its size without the tunnels, its tenant's tunnel, and why it is dropped, if
// it is.
func (o *Decapsulated) Fill(p *packet.Packet, frame, firstSA, tunnels uint32) {
	p.Bytes = [2]uint32{packet.Plain: min(o.plain[p.Record], frame), packet.Tunnelled: frame}
	p.SA = firstSA + o.tenant[p.Record]%tunnels
	p.Refused |= o.refused[p.Record]
}

// Notes tells what became of the records of a capture.
func (o *Decapsulated) Notes(t *Input) []string {
	text, all := "", 0
	for reason := range stats.DropReason(stats.DropReasons) {
		if n := o.counts[reason]; n > 0 {
			text += fmt.Sprintf(", %s %d", reason, n)
			all += n
		}
	}
	var list []string
	if all > 0 {
		var why []string
		for _, reason := range slices.Sorted(maps.Keys(o.why)) {
			why = append(why, fmt.Sprintf("%s %d", reason, o.why[reason]))
		}
		list = append(list, fmt.Sprintf("%s: %d of the %d records of the capture are refused: %s (not opened: %s)", t.Name, all, len(o.plain), text[2:],
			strings.Join(why, ", ")))
	}
	if o.odd > 0 {
		list = append(list, fmt.Sprintf("%s: in %d of the %d records of the capture ECN of the outer header does not go with that of the packet inside (RFC 6040)", t.Name, o.odd, len(o.plain)))
	}
	return list
}
