package run

// bring gives a feed what its packets bring along.
func (j *job) bring(f *feed, t *input, dir direction) {
	if t.marks == nil {
		return
	}
	m := *t.marks
	number := 0
	for i := range j.scenario.Services {
		if v := j.scenario.Services[i].Mirror; v != nil {
			if number++; v.In(dir.seen().String()) || dir == eastWest && v.In(inbound.String()) {
				m.mask |= 1 << number
			}
		}
	}
	if f.synthetic != nil {
		m.made = f.tuple
	}
	f.marks = &m
}

// rule gives a feed the rulings of its packets.
func (j *job) rule(f *feed, t *input) {
	if j.policy == nil {
		return
	}
	if f.replay != nil {
		f.rulings = t.rulings
	} else {
		f.rulings = &rulings{policy: j.policy, spec: j.spec, made: f.tuple, flags: flagsOfMix(t)}
	}
}
