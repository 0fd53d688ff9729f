// Package service says what a service is on a chip: which tables it looks up, which tunnel it ends, whether it ciphers, refuses or copies
// packets, and what it does with each. Nothing of the chip asks for its name.
package service

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Service is what a chain is made of. What it leaves out it does not do.
type Service struct {
	// Name is for people, and for the keys of a scenario.
	Name string
	// Tables are what it looks up. Numbered makes those of the n-th service of this name in a chain, from 0, where a chain may have
	// several.
	Tables   []Table
	Numbered func(n int) []Table
	// Tunnel is the tunnel whose headers it takes off inbound and puts on outbound.
	Tunnel *Tunnel
	// Option is what it adds to the header of the tunnel before it in the chain.
	Option *Option
	// Filters says that the service may refuse a packet, and Foreseen for which reasons it does so that are known before the run, by
	// the headers of the packet's flow.
	Filters  bool
	Foreseen uint32
	// Copies says that the service copies packets.
	Copies bool
	// Step decides about each packet, where the answer depends on the time or on what the chip saw before.
	Step *steps.Kind
}

// Tunnel is a tunnel around the packets of tenants.
type Tunnel struct {
	// Title is what people call it.
	Title string
	// Header is how many bytes are before the tenant's headers, from the outer Ethernet header on.
	Header units.Bytes
	// Layers are those that a parser reads behind the outer Ethernet and IPv4 headers.
	Layers []parse.Layer
	// Put has a stack of tunnels contain this one, without options.
	Put func(s *tunnel.Stack)
	// Cipher is how the packets are ciphered: they go through the crypto complex, and then through the pipeline once more. nil is
	// a tunnel in the clear, an overlay that carries tenants' frames whole.
	Cipher *Cipher
	// Refuses are the reasons for which packets that are none of the tunnel are dropped.
	Refuses uint32
}

// Cipher is what a tunnel asks of the crypto complex.
type Cipher struct {
	// Clear is how much of a tunnelled frame the cipher does not touch.
	Clear units.Bytes
	// Derive says what a core does for the key of a packet where that comes with the packet, by the length of the keys and the
	// packet's direction; nil for a cipher whose keys are in contexts, of which the complex fetches those that it does not hold.
	Derive func(keyBits int, inbound bool) Derivation
}

// Derivation is what a core ciphers for a key before the packet: so many blocks of AES take their turns in its pipeline, and it
// takes so many rounds until the last is there.
type Derivation struct{ Blocks, Rounds int }

// Option is an option in the header of a tunnel.
type Option struct {
	Bytes units.Bytes
	Layer parse.Layer
	Put   func(s *tunnel.Stack)
}

// Ciphers reports whether packets go through the crypto complex.
func (s *Service) Ciphers() bool { return s.Tunnel != nil && s.Tunnel.Cipher != nil }

// Overlay reports whether the service is a tunnel that carries tenants' frames, whole.
func (s *Service) Overlay() bool { return s.Tunnel != nil && s.Tunnel.Cipher == nil }

// Headers returns how many bytes of headers the service puts before the tenant's.
func (s *Service) Headers() units.Bytes {
	switch {
	case s.Tunnel != nil:
		return s.Tunnel.Header
	case s.Option != nil:
		return s.Option.Bytes
	}
	return 0
}

// Filters reports whether some service of a chain may refuse a packet.
func Filters(chain []Service) bool {
	for i := range chain {
		if chain[i].Filters {
			return true
		}
	}
	return false
}

// StackOf returns the tunnels of a chain, all without options.
func StackOf(chain []Service) tunnel.Stack {
	s := tunnel.NewStack()
	for i := range chain {
		if t := chain[i].Tunnel; t != nil {
			t.Put(&s)
		}
		if o := chain[i].Option; o != nil {
			o.Put(&s)
		}
	}
	return s
}

// Levels returns what tunnels and options of a chain put before the tenant's headers.
func Levels(chain []Service) []parse.Level {
	var list []parse.Level
	for i := range chain {
		switch s := &chain[i]; {
		case s.Tunnel != nil:
			list = append(list, parse.Tunnel(s.Name, s.Ciphers(), s.Tunnel.Layers))
		case s.Option != nil && len(list) > 0:
			last := &list[len(list)-1]
			last.Layers = append(last.Layers, s.Option.Layer)
		}
	}
	return list
}

// Steps returns the kinds of the steps of a chain, nil for services that have none.
func Steps(chain []Service) []*steps.Kind {
	list := make([]*steps.Kind, len(chain))
	for i := range chain {
		list[i] = chain[i].Step
	}
	return list
}
