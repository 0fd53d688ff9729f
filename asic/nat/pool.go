package nat

import (
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"sort"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// The protocols that have ports to translate. Each has all ports of an address for itself.
const (
	classTCP uint8 = iota
	classUDP
	classICMP // queries, by their identifier
	classes
)

// classOf returns the class of a protocol. SCTP has ports, but its checksum is not one that NAT can carry on.
func classOf(proto uint8) (class uint8, ok bool) {
	switch proto {
	case header.ProtoTCP:
		return classTCP, true
	case header.ProtoUDP:
		return classUDP, true
	case header.ProtoICMP:
		return classICMP, true
	}
	return 0, false
}

// span is a prefix in the form that is compared.
type span struct{ addr, mask uint32 }

func spansOf(list []netip.Prefix) (spans []span, err error) {
	for _, p := range list {
		if !p.IsValid() || !p.Addr().Is4() {
			return nil, fmt.Errorf("nat: %v is no IPv4 prefix; only IPv4 is translated", p)
		}
		m := uint32(uint64(0xffff_ffff) << (32 - p.Bits()))
		spans = append(spans, span{v4(p.Addr()) & m, m})
	}
	return spans, nil
}

func within(spans []span, a uint32) bool {
	for _, s := range spans {
		if a&s.mask == s.addr {
			return true
		}
	}
	return false
}

// pool hands out the ports of addresses: for each server, address and class a bitmap, made when it is first needed.
type pool struct {
	addrs     []uint32 // in rising order, without static pairs
	first, n  int      // of the member's ports
	arbitrary bool
	blocks    [][]block // by server, then by address and class
}

// block is the ports of one address and class: 8 KiB at most.
type block struct {
	used       []uint64
	next, free int
}

func newPool(plan *Plan, index, of int) (p pool) {
	s := &plan.spec
	p.arbitrary = s.Arbitrary
	for _, prefix := range plan.pool {
		for i := range ^prefix.mask + 1 {
			if _, taken := plan.inside[prefix.addr+i]; !taken {
				p.addrs = append(p.addrs, prefix.addr+i)
			}
		}
	}
	slices.Sort(p.addrs)
	p.addrs = slices.Compact(p.addrs)
	all := int(s.Ports.Hi) - int(s.Ports.Lo) + 1
	from := func(member int) int {
		return sort.Search(all, func(i int) bool { return memberOf(s.PortHash(s.Ports.Lo+uint16(i)), of) >= member })
	}
	p.first = int(s.Ports.Lo) + from(index)
	p.n = int(s.Ports.Lo) + from(index+1) - p.first
	return p
}

// memberOf returns which member of a group a hash chooses, as the engine's OpSelect does.
func memberOf(hash uint32, of int) int { return int(uint64(hash) * uint64(of) >> 32) }

// PortHash returns a hash that is as large in 2^32 as the port is in Ports: members that are chosen by it have equal
// ranges of ports, whatever their number.
func (s *Spec) PortHash(port uint16) uint32 {
	all := uint64(s.Ports.Hi) - uint64(s.Ports.Lo) + 1
	return uint32((uint64(port-s.Ports.Lo) << 32) / all)
}

// take binds a port for an inside address of a tenant of a server, or returns false when there is none.
func (p *pool) take(vrf uint16, network, inside uint32, class uint8) (addr uint32, port uint16, ok bool) {
	if len(p.addrs) == 0 || p.n == 0 {
		return 0, 0, false
	}
	first := int(rng.Mix(uint64(network)<<32+uint64(inside)+1) >> 32 * uint64(len(p.addrs)) >> 32)
	tries := 1
	if p.arbitrary {
		tries = len(p.addrs)
	}
	for i := range tries {
		i = (first + i) % len(p.addrs)
		if offset, ok := p.block(vrf, i, class).take(p.n); ok {
			return p.addrs[i], uint16(p.first + offset), true
		}
	}
	return 0, 0, false
}

// give takes a bound port back.
func (p *pool) give(vrf uint16, addr uint32, port uint16, class uint8) {
	i, ok := slices.BinarySearch(p.addrs, addr)
	if !ok {
		panic("nat: a port of an address that is not in the pool")
	}
	b := p.block(vrf, i, class)
	offset := int(port) - p.first
	b.used[offset/64] &^= 1 << (offset % 64)
	b.free++
}

func (p *pool) block(vrf uint16, addr int, class uint8) *block {
	for int(vrf) >= len(p.blocks) {
		p.blocks = append(p.blocks, nil)
	}
	if p.blocks[vrf] == nil {
		p.blocks[vrf] = make([]block, len(p.addrs)*int(classes))
	}
	b := &p.blocks[vrf][addr*int(classes)+int(class)]
	if b.used == nil {
		b.used, b.free = make([]uint64, (p.n+63)/64), p.n
		if rest := p.n % 64; rest != 0 { // there are no ports beyond
			b.used[len(b.used)-1] = ^uint64(0) << rest
		}
	}
	return b
}

// take returns the offset of the next free port after the one that was handed out last.
func (b *block) take(n int) (offset int, ok bool) {
	if b.free == 0 {
		return 0, false
	}
	word := b.next / 64
	free := ^b.used[word] & (^uint64(0) << (b.next % 64))
	for free == 0 {
		if word++; word == len(b.used) {
			word = 0
		}
		free = ^b.used[word]
	}
	offset = word*64 + bits.TrailingZeros64(free)
	b.used[word] |= 1 << (offset % 64)
	b.free--
	b.next = (offset + 1) % n
	return offset, true
}

// keyBytes is the length of a key in the index of bindings.
const keyBytes = 16

// The two ends of a binding in the index.
const (
	insideEnd  = 0
	outsideEnd = 1
)

// keyOf returns the key of one end of a binding. network is the inside tenant's. Outside it is 0: there the tenants of a
// server share the pool, and the port tells whose binding it is.
func keyOf(end uint64, vrf uint16, network, addr uint32, port uint16, class uint8) table.Key {
	return table.Key{uint64(addr) | uint64(port)<<32 | uint64(vrf)<<48, uint64(class) | end<<8 | uint64(network)<<16}
}

// outsideNetwork is the outside network, the same as that of the server's first tenant.
const outsideNetwork = 0
