package traffic

// OpenCount returns how many flows are open now, and Open which they are, from 0.
func (s *Synthetic) OpenCount() int {
	if s.level != nil {
		return len(s.level.open)
	}
	return len(s.flows.open)
}

// Open is described at Opened.
func (s *Synthetic) Open(i int) FlowID {
	if s.level != nil {
		return s.level.open[i].FlowID
	}
	return s.flows.open[i].FlowID
}

// Ahead tells of the packets that are still to come in their order, of a looped replay one pass. Their instants are those at
// which they are due, in ps; where packets are paced, a mean gap apart. It sends nothing.
func (r *Replay) Ahead(tell func(at int64, p Packet)) {
	n := len(r.trace.pieces)
	count := n - r.next
	if r.loop {
		count = n
	}
	for i := range count {
		piece := &r.trace.pieces[(r.next+i)%n]
		if !r.sends(piece) {
			continue
		}
		at := int64(i) * r.gapPs
		if r.schedule != nil {
			at = r.schedule.due(piece.record)
			if r.next+i >= n {
				at += r.schedule.period.ps
			}
		}
		tell(at, Packet{Frame: r.classes[piece.size].frame, Record: piece.record, FlowID: piece.FlowID})
	}
}
