package pcie

import "github.com/dsnsim/dsnsim/sim/units"

// Header sizes on the wire, for 64-bit addresses and without ECRC.
// source: PCI Express Base Specification: 8 B framing, sequence number and LCRC; 4 DW request header, 3 DW completion header
// source: pcie-bench/pcie-model@40703cf model/pcie.py: 24, 24 and 20 B
// assumed: in flit mode the same headers, without framing, sequence number and LCRC, and no orthogonal header content
const (
	requestHeader     units.Bytes = 24
	completionHeader  units.Bytes = 20
	requestHeaderFlit units.Bytes = 16
	completionHdrFlit units.Bytes = 12
)

// Kind is the kind of a TLP.
type Kind uint8

// The kinds of TLP that the model sends.
const (
	MemWrite   Kind = iota // posted
	MemRead                // non-posted
	Completion             // completion with data
	Translate              // ATS translation request: non-posted
)

// TLP is a memory request, or the part of it that one completion carries: the bytes [Addr, Addr+Len).
type TLP struct {
	Addr uint64
	Len  units.Bytes
	Kind Kind
}

// Header returns the bytes that a TLP of kind k takes on the wire besides its payload.
func (l Link) Header(k Kind) units.Bytes {
	switch {
	case k == Completion && l.FlitMode():
		return completionHdrFlit
	case k == Completion:
		return completionHeader
	case l.FlitMode():
		return requestHeaderFlit
	default:
		return requestHeader
	}
}

// WireBytes returns the bytes that t takes on the wire. Payload is counted to the byte, as pcie-model does; a real TLP pads it
// to four.
func (l Link) WireBytes(t TLP) units.Bytes {
	if t.Kind == MemRead || t.Kind == Translate {
		return l.Header(t.Kind)
	}
	return l.Header(t.Kind) + t.Len
}

// WriteWireBytes returns what writing n aligned bytes takes on the wire away from the writer.
func (l Link) WriteWireBytes(n units.Bytes) units.Bytes {
	return n + pieces(n, l.mps)*l.Header(MemWrite)
}

// ReadRequestWireBytes returns what asking for n aligned bytes takes on the wire away from the reader.
func (l Link) ReadRequestWireBytes(n units.Bytes) units.Bytes {
	return pieces(n, l.mrrs) * l.Header(MemRead)
}

// CompletionWireBytes returns what the completions of a read of n aligned bytes take on the wire towards the reader,
// each as large as MPS and the request allow.
func (l Link) CompletionWireBytes(n units.Bytes) units.Bytes {
	full, rest := n/l.mrrs, n%l.mrrs
	return n + (full*pieces(l.mrrs, l.mps)+pieces(rest, l.mps))*l.Header(Completion)
}

func pieces(n, size units.Bytes) units.Bytes { return (n + size - 1) / size }

// AppendWrites appends the memory writes that carry [addr, addr+n) and returns the extended slice. None is larger than
// MPS or crosses 4 KiB; with natural set, none crosses a multiple of MPS either, as some DMA engines cut them.
func (l Link) AppendWrites(dst []TLP, addr uint64, n units.Bytes, natural bool) []TLP {
	return appendRequests(dst, MemWrite, addr, n, l.mps, natural)
}

// AppendReads appends the memory reads that ask for [addr, addr+n) and returns the extended slice. None is larger than MRRS
// or crosses 4 KiB; with natural set, none crosses a multiple of MRRS either.
func (l Link) AppendReads(dst []TLP, addr uint64, n units.Bytes, natural bool) []TLP {
	return appendRequests(dst, MemRead, addr, n, l.mrrs, natural)
}

func appendRequests(dst []TLP, k Kind, addr uint64, n, limit units.Bytes, natural bool) []TLP {
	boundary := uint64(Page4K)
	if natural {
		boundary = uint64(limit) // a divisor of 4 KiB
	}
	for n > 0 {
		size := min(n, limit, units.Bytes(boundary-addr%boundary))
		dst = append(dst, TLP{Addr: addr, Len: size, Kind: k})
		addr += uint64(size)
		n -= size
	}
	return dst
}

// AppendCompletions appends the completions that answer the read [addr, addr+n) and returns the extended slice. None is
// larger than MPS or most, and all but the last end on a multiple of RCB (of most, where that is smaller than MPS).
// most is what the completer puts into one completion; it must be a multiple of RCB.
func (l Link) AppendCompletions(dst []TLP, addr uint64, n, most units.Bytes) []TLP {
	limit, boundary := l.mps, l.rcb
	if most < limit {
		limit, boundary = most, most
	}
	for n > 0 {
		end := (addr + uint64(limit)) / uint64(boundary) * uint64(boundary)
		size := min(n, units.Bytes(end-addr))
		dst = append(dst, TLP{Addr: addr, Len: size, Kind: Completion})
		addr += uint64(size)
		n -= size
	}
	return dst
}
