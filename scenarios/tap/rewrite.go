package tap

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// rewriting is the headers of a packet's session: as its source has them, on the network's side of the services that
// rewrite headers, and on the VM's side.
type rewriting struct{ sent, net, vm table.Tuple }

// Rewritten is steps.Observer. It keeps the headers of the packets that are kept.
func (r *Recorder) Rewritten(p *packet.Packet, sent, net, vm *table.Tuple) {
	if !r.tapped(p, &r.sources[p.Source()]) {
		return
	}
	if r.rewritten == nil {
		r.rewritten = map[uint64]rewriting{}
	}
	r.rewritten[p.Key] = rewriting{*sent, *net, *vm}
}

// forget lets go of the headers of packets that are not kept.
func (r *Recorder) forget() {
	if len(r.rewritten) <= 2*len(r.events) {
		return
	}
	kept := make(map[uint64]rewriting, len(r.events))
	for i := range r.events {
		if one, ok := r.rewritten[r.events[i].key]; ok {
			kept[r.events[i].key] = one
		}
	}
	r.rewritten = kept
}

// translate gives a tenant's frame the headers that it has where it was seen. Of a packet that was lost before it came to
// the services that rewrite headers, nobody knows them.
func (b *builder) translate(e *event, s *Source, f frame) frame {
	if !b.rewrites {
		return f
	}
	one, ok := b.rewritten[e.key]
	if !ok {
		if e.point == atDrops && header.Parse(f.data).Version == 4 {
			f.note = join(f.note, "it was lost before nat or lb saw it: its headers are those of the capture")
		}
		return f
	}
	to := &one.vm
	if e.net {
		to = &one.net
	}
	if *to == one.sent && !f.made || to.V6 { // IPv6 is not rewritten, and what is made up is IPv4
		return f
	}
	f.data = append([]byte(nil), f.data...)
	h := header.Parse(f.data)
	now, then := policy.KeyOfTuple(&one.sent), policy.KeyOfTuple(to)
	header.Translate(f.data, &h, &now, &then)
	return f
}
