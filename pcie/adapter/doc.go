// Package adapter is the PCIe side of a network card: descriptor rings in host memory, the DMA of packets and completions over
// one link, doorbells, and what brings a packet to the driver. A Card has the parts as places of an engine:
//
//	inbound:  Up (descriptor, payload, completion) -> [write-back in batches] -> Poll, or an interrupt with moderation
//	outbound: Post (doorbell, descriptor fetch) -> Up (read request) -> Down (completions with the data)
//
// All of it is arithmetic on instants: Up and Down are FIFO servers, credits and page walks come back at instants that are
// known when they are taken, and a ring's descriptors return when its packets are. What the cards of real hosts do with
// single TLPs is in package pcie; here a packet's TLPs go together.
package adapter
