package run

import (
	"math"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What a number of cores must do so that at most one packet in a thousand is lost. The headroom is for what arithmetic leaves
// out: bursts, and how the flows of other servers and replications happen to spread.
// assumed: a tenth of the time, and half of the loss
const (
	mostBusy = 0.9
	mostLost = 0.0005
)

// mostCores bounds the search: what OpSelect can choose among.
const mostCores = 1024

// coreLoad is what one source of a server brings to its cores: packets that are alike, and how its flows spread.
type coreLoad struct {
	samples    []sample
	pps        float64 // all of them
	population sim.Population
	hashes     []uint32 // of flows that are equally likely; nil where samples have their own
	evenness   float64  // of hashes: how much less uneven the flows are than these, which are a part of them
}

// flowsDrawn is how many flows of a source are looked at.
const flowsDrawn = 4096

// coreLoads lists what comes to the cores of server 0.
func (j *job) coreLoads() ([]coreLoad, error) {
	var list []coreLoad
	for _, t := range j.inputs {
		for _, dir := range directions(t.Traffic) {
			samples, pps, err := j.samples(t, dir, 1)
			if err != nil {
				return nil, err
			}
			frame := 0.0
			for i := range samples {
				frame += samples[i].share * float64(samples[i].Bytes[packet.Plain])
				if dir == sameServer {
					samples[i].Kind = hw.WithoutTunnels
				}
			}
			if dir == eastWest {
				pps *= 2 // a core of the sender and one of the receiver
			}
			l := coreLoad{samples: samples, pps: pps, population: j.population(t, frame), evenness: 1}
			if t.trace == nil {
				if err := l.draw(j, t, dir); err != nil {
					return nil, err
				}
			}
			list = append(list, l)
		}
	}
	return list, nil
}

// draw looks at the hashes of a source's flows.
func (l *coreLoad) draw(j *job, t *input, dir direction) error {
	few, mix := *t, *t.Traffic
	n := min(int(mix.Flows.Concurrent), flowsDrawn)
	mix.Flows.Concurrent, mix.Flows.Size = units.Count(n), 0
	mix.OnOff, mix.MMPP = nil, nil // when packets come does not matter
	few.Traffic = &mix
	f, err := j.newFeed(&few, 0, dir)
	if err != nil {
		return err
	}
	seen := make([]bool, n)
	for range 8 * n { // all but one in 3,000
		var p packet.Packet
		if !f.Next(&p) {
			break
		}
		if int(p.Flow) < n && !seen[p.Flow] {
			seen[p.Flow] = true
			l.hashes = append(l.hashes, p.Hash)
		}
	}
	l.evenness = math.Sqrt(float64(len(l.hashes)) / float64(max(1, int(t.Flows.Concurrent))))
	return nil
}

// onCores adds what comes to each of n cores: packets a second, and seconds of work.
func (l *coreLoad) onCores(cores []*hw.Core, pps, busy []float64) {
	n := len(cores)
	of := l.population
	of.Flows, of.SAs = (of.Flows+int64(n)-1)/int64(n), (of.SAs+int64(n)-1)/int64(n)
	hold := func(core, s int) float64 { return cores[core].Holds(&l.samples[s].Packet, of)[0].Seconds() }
	if l.hashes == nil {
		for s := range l.samples {
			core := int(uint64(l.samples[s].Hash) * uint64(n) >> 32)
			rate := l.pps * l.samples[s].share
			pps[core] += rate
			busy[core] += rate * hold(core, s)
		}
		return
	}
	shares := make([]float64, n)
	for _, h := range l.hashes {
		shares[uint64(h)*uint64(n)>>32] += 1 / float64(len(l.hashes))
	}
	for core := range cores {
		even := 1 / float64(n)
		rate := l.pps * (even + (shares[core]-even)*l.evenness)
		pps[core] += rate
		for s := range l.samples {
			busy[core] += rate * l.samples[s].share * hold(core, s)
		}
	}
}

// coresNeeded returns how many cores a DSN in software needs.
func (j *job) coresNeeded() (*result.Cores, error) {
	own := *j
	own.end, own.rec = units.Forever, &recorder{}
	loads, err := own.coreLoads()
	if err != nil {
		return nil, err
	}
	c := &result.Cores{Given: j.scenario.DSN.Software.Cores, Server: j.scenario.Rack.Server.Cores, MostBusy: mostBusy, MostLost: mostLost}
	for n := 1; ; n += max(1, n/16) {
		cores, err := modelCores(j.scenario, j, n)
		if err != nil {
			return nil, err
		}
		pps, busy := make([]float64, n), make([]float64, n)
		for i := range loads {
			loads[i].onCores(cores, pps, busy)
		}
		sum, busiest := 0.0, 0
		for i := range cores {
			sum += busy[i]
			if busy[i] > busy[busiest] {
				busiest = i
			}
		}
		c.Needed, c.Busiest = n, busy[busiest]
		if c.Busiest <= mostBusy || n >= mostCores {
			c.Lost = cores[busiest].Lost(pps[busiest], c.Busiest, j.profile.Host.RingPackets.Value)
			if c.Lost <= mostLost || n >= mostCores {
				return c, nil
			}
		}
		n = max(n, int(sum/mostBusy)-1) // fewer are not enough however even the flows are
	}
}

// modelCores returns the cores of a server that has n of them for its software.
func modelCores(s *scenarios.Scenario, j *job, n int) ([]*hw.Core, error) {
	with := *s
	with.DSN.Software.Cores = n
	rack, err := placement.NewRack(sim.NewEngine(nil), &with, j.profile, nil)
	if err != nil {
		return nil, err
	}
	return rack.ModelCores(), nil
}

// fillCores gives a scenario with cores: auto as many as its load needs, and the server has. They are found before the first run, so
// they are the same for all placements and replications.
func fillCores(s *scenarios.Scenario, set *setting) error {
	if !s.DSN.Software.Auto {
		return nil
	}
	software, _ := placement.Find("software")
	s.DSN.Software.Cores = min(4, s.Rack.Server.Cores)
	if len(s.Traffic) == 0 || len(software.Refuse(s, set.profile)) > 0 {
		return nil
	}
	j := &job{scenario: s, profile: set.profile, inputs: set.inputs, policy: set.policy, spec: set.spec, placement: software}
	c, err := j.coresNeeded()
	if err != nil {
		return err
	}
	s.DSN.Software.Cores = min(c.Needed, s.Rack.Server.Cores)
	return nil
}

// countCores finds how many cores a plan of software needs.
func (p *plan) countCores() error {
	if p.placement.Name != "software" || len(p.jobs) == 0 || len(p.jobs[0].inputs) == 0 {
		return nil
	}
	c, err := p.jobs[0].coresNeeded()
	if err != nil {
		return err
	}
	for _, v := range p.variants() {
		for _, j := range v.jobs {
			j.needs = c
		}
	}
	p.needs = c
	return nil
}

// coreNotes says how many cores the software needs.
func (p *plan) coreNotes() []string {
	if p.needs == nil {
		return nil
	}
	return []string{"software: " + p.needs.String()}
}
