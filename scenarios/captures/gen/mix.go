package main

import (
	"sort"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

const (
	// startNs is the time of the first frame at the earliest: 2026-01-01 00:00:00 UTC.
	startNs = 1_767_225_600_000_000_000
	flows   = 500
	// One UDP flow in udpEvery, one flow with a long answer in longEvery; the rest are short connections.
	udpEvery, longEvery = 4, 50
	v6Percent           = 35
	oddFlows            = 12
)

// mix returns the records of the capture in order of time.
func mix() []capture.Record {
	var events []event
	for n := range flows {
		f := newFlow(n, v6Percent)
		switch {
		case n%udpEvery == 0:
			f.optionHeaders = f.v6 && n%8 == 0
			f.udpFlow(f.between(1, 4))
		case n%longEvery == 1:
			f.tcpFlow(f.between(25_000, 50_000))
		default:
			f.tcpFlow(f.between(200, 2800))
		}
		events = append(events, f.events...)
	}
	for n := range oddFlows {
		events = append(events, oddFlow(flows+n)...)
	}
	// Stable, so that frames of one time keep the order of their flows.
	sort.SliceStable(events, func(i, j int) bool { return events[i].timeNs < events[j].timeNs })
	return tapped(events)
}

// oddFlow returns the events of a flow of another kind: fragments, address resolution, pings, over both IPv4 and IPv6.
func oddFlow(n int) []event {
	share := 0
	if n%4 == 0 || n%8 == 2 {
		share = 100
	}
	f := newFlow(n, share)
	switch n % 4 {
	case 0, 3:
		f.server.port = uint16(9000 + f.below(100))
		f.datagram(&f.client, &f.server, f.between(1600, 4000))
	case 1:
		f.resolve()
	case 2:
		f.ping()
	}
	return f.events
}

// ping emits two echo requests and their replies.
func (f *flow) ping() {
	for seq := range uint16(2) {
		data := f.payload(56)
		proto, message := f.echo(&f.client, &f.server, true, seq, data)
		f.emit(f.frame(&f.client, &f.server, proto, message))
		f.turn()
		proto, message = f.echo(&f.server, &f.client, false, seq, data)
		f.emit(f.frame(&f.server, &f.client, proto, message))
		f.turn()
	}
}

// resolve emits an ARP request and its reply. Both ends are of one network.
func (f *flow) resolve() {
	f.client.addr = [16]byte{10, 2, 0, byte(f.number)}
	f.server.addr = [16]byte{10, 2, 0, 1}
	f.server.mac = header.MAC{0x02, 0, 0, 2, 0, 1}
	f.emit(f.arp(&f.client, &f.server, true))
	f.turn()
	f.emit(f.arp(&f.server, &f.client, false))
}

// overheadBytes are the bytes of a frame on the wire that no capture holds: frame check sequence, preamble and start
// delimiter, and the gap (IEEE 802.3).
const overheadBytes = 4 + 8 + 12

// tapped returns the records that a tap on a link of 10 Gbit/s, 0.8 ns a byte, makes of the events: a frame waits for
// the one before it.
func tapped(events []event) []capture.Record {
	records := make([]capture.Record, 0, len(events))
	freeNs := int64(0)
	for _, e := range events {
		at := max(e.timeNs, freeNs)
		freeNs = at + (int64(len(e.frame)+overheadBytes)*8+9)/10
		records = append(records, capture.Record{TimeNs: startNs + at, Wire: len(e.frame), Data: e.frame})
	}
	return records
}
