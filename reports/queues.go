package reports

import "github.com/dsnsim/dsnsim/scenarios/result"

// queues returns what the traffic managers did with each class, over all ports of a placement, or nil without any.
func (t *results) queues(wide bool) *grid {
	all := t.of(result.All, result.All)
	shown := make([][]result.Queue, len(all))
	var every []result.Queue
	for i, r := range all {
		if r == nil {
			continue
		}
		shown[i] = r.Queues
		if !wide {
			shown[i] = byName(r.Queues)
		}
		every = append(every, shown[i]...)
	}
	if len(every) == 0 {
		return nil
	}
	g, cells := tabulate(every, []column[result.Queue]{
		{"sent", "Gbps", 3, func(q *result.Queue) float64 { return q.Gbps }},
		{"wait", "ns", 3, func(q *result.Queue) float64 { return q.WaitMeanNs }},
		{"max wait", "ns", 3, func(q *result.Queue) float64 { return q.WaitMaxNs }},
		{"longest queue, kB", "", 1, func(q *result.Queue) float64 { return float64(q.MaxBytes) / 1000 }},
		{"marked", "packets", 1, func(q *result.Queue) float64 { return q.Marked }},
		{"drops", "packets", 1, func(q *result.Queue) float64 { return q.Drops }},
	})
	for i, list := range shown {
		if len(list) == 0 {
			continue
		}
		g.rows = append(g.rows, row{label: t.placements[i]})
		for k := range list {
			label := list[k].Class
			if wide {
				label = list[k].Port + " " + label
			}
			g.rows = append(g.rows, row{label: label, indent: 2, cells: cells(&list[k])})
		}
	}
	return g
}

// byName makes one line of the queues of a class at several ports: sums, the mean wait of all packets, the worst of what has no
// sum.
func byName(list []result.Queue) []result.Queue {
	var sums []result.Queue
	for _, q := range list {
		i := 0
		for i < len(sums) && sums[i].Class != q.Class {
			i++
		}
		if i == len(sums) {
			sums = append(sums, q)
			continue
		}
		s := &sums[i]
		if n := s.Packets + q.Packets; n > 0 {
			s.WaitMeanNs = (s.WaitMeanNs*s.Packets + q.WaitMeanNs*q.Packets) / n
		}
		s.Packets += q.Packets
		s.Gbps += q.Gbps
		s.Marked += q.Marked
		s.Drops += q.Drops
		s.MaxBytes = max(s.MaxBytes, q.MaxBytes)
		s.WaitMaxNs = max(s.WaitMaxNs, q.WaitMaxNs)
	}
	return sums
}
