package input

// Fresh returns the share of an entry's packets that begin a flow, given the mean frame.
func (t *Input) Fresh(frame float64) float64 {
	switch each := t.MeanFlow(); {
	case t.SYNFlood > 0:
		return 1
	case t.Trace != nil:
		return float64(t.Trace.Flows()) / float64(max(1, t.Trace.Packets()))
	case each > 0:
		return min(1, frame/each)
	}
	return 0
}
