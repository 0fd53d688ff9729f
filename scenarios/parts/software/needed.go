package software

import (
	"math"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/scenarios/cores"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/offered"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// How many flows of a source are looked at, and how many of all servers and replications together; each of these has other flows.
// assumed: more are more even than the least that arithmetic must see
const (
	flowsDrawn = 4096
	allDrawn   = 1 << 16
)

// coreLoads lists what comes to the cores of a server.
func coreLoads(s *trial.Setup) ([]cores.Load, error) {
	var list []cores.Load
	for _, t := range s.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			l, err := coreLoadOf(s, t, dir)
			if err != nil {
				return nil, err
			}
			list = append(list, *l)
		}
	}
	return list, nil
}

// coreLoadOf is what one traffic entry in one direction brings to the cores of a server.
func coreLoadOf(s *trial.Setup, t *input.Input, dir input.Direction) (*cores.Load, error) {
	samples, pps, err := offered.Samples(s, t, dir, 1)
	if err != nil {
		return nil, err
	}
	if t.TCP != nil {
		pps = closedLoopOf(s, t, dir, samples)
	}
	frame := 0.0
	l := &cores.Load{PPS: pps, Evenness: 1}
	for i := range samples {
		one := &samples[i]
		frame += one.Share * float64(one.Bytes[packet.Plain])
		if dir == input.SameServer {
			one.Kind = hw.WithoutTunnels
		}
		l.Samples = append(l.Samples, cores.Sample{Packet: one.Packet, Share: one.Share})
	}
	switch {
	case t.Incast != nil:
		senders := t.Incast.Senders
		if senders == 0 {
			senders = s.Scenario.Rack.Servers - 1
		}
		l.PPS *= float64(senders) // at the one that gets all of it
	case dir == input.EastWest:
		l.PPS *= 2 // a core of the sender and one of the receiver
	}
	l.Population = offered.Population(s, t, frame)
	if t.Trace != nil {
		l.Flow = largestFlow(t.Trace, t.Parted.Of(dir))
		return l, nil
	}
	l.Flow = largestOf(t, pps, frame)
	return l, drawHashes(s, l, t, dir)
}

// closedLoopOf returns the packets a second that connections bring at most, and gives acknowledgements their size: data at the rate of the
// server's link, and one acknowledgement for two segments.
func closedLoopOf(s *trial.Setup, t *input.Input, dir input.Direction, samples []offered.Sample) float64 {
	link, segment := float64(s.Scenario.Rack.Server.NIC.Rate), float64(t.Sizes[0].Size)
	data := link / 8 / (segment + traffic.Overhead)
	if dir.String() == t.Direction {
		return data
	}
	for i := range samples {
		samples[i].Bytes = t.Forms.Of(traffic.MinFrame)
	}
	return data / 2
}

// largestFlow returns the share that the largest flow of a capture has of its records, or of some of them.
func largestFlow(t *traffic.Trace, only []bool) float64 {
	count, most, all := make([]int, t.Flows()), 0, 0
	for record, flow := range t.FlowOfRecords() {
		if only == nil || only[record] {
			all++
			count[flow]++
			most = max(most, count[flow])
		}
	}
	return float64(most) / float64(max(1, all))
}

// largestOf returns the same of made-up packets, whose flows are equally likely.
func largestOf(t *input.Input, pps, frame float64) float64 {
	switch {
	case t.SYNFlood > 0:
		return 0
	case t.TCP != nil:
		return 1 / float64(t.TCP.Connections)
	case t.Flows.Rate > 0 && pps > 0:
		return min(1, float64(t.Flows.Rate)/8/(frame+traffic.Overhead)/pps)
	}
	return 1 / float64(max(1, t.Flows.Concurrent))
}

// drawHashes looks at the hashes of a source's flows, as they choose the cores, on several servers and in several replications.
func drawHashes(s *trial.Setup, l *cores.Load, t *input.Input, dir input.Direction) error {
	few, mix := *t, *t.Traffic
	n := int(max(1, t.Flows.Concurrent))
	if t.TCP != nil {
		n = t.TCP.Connections
	}
	l.Evenness = math.Sqrt(float64(min(n, flowsDrawn)) / float64(n))
	n = min(n, flowsDrawn)
	mix.Flows.Concurrent, mix.Flows.Size = units.Count(n), 0
	mix.OnOff, mix.MMPP = nil, nil // when packets come does not matter
	few.Traffic = &mix
	for replication := range s.Scenario.Run.Replications {
		for server := range s.Scenario.Rack.Servers {
			if !t.On(server) {
				continue
			}
			if len(l.Draws) > 0 && (len(l.Draws)+1)*n > allDrawn {
				return nil
			}
			f, err := s.NewSource(&few, trial.Origin{Server: server, Dir: dir, Replication: replication, End: units.Forever})
			if err != nil {
				return err
			}
			hashes := make([]uint32, n)
			for i := range hashes {
				var p packet.Packet
				f.Fill(&p, &traffic.Packet{Frame: traffic.MinFrame, Record: -1, FlowID: f.Synthetic.ID(uint32(i))})
				hashes[i] = p.Hash
			}
			l.Draws = append(l.Draws, hashes)
		}
	}
	return nil
}

// CoresNeeded returns how many cores a DSN in software needs.
func CoresNeeded(s *trial.Setup) (*result.Cores, error) {
	loads, err := coreLoads(s)
	if err != nil {
		return nil, err
	}
	software := &s.Scenario.DSN.Software
	server := cores.Server{Loads: loads, Ring: s.Profile.Host.RingPackets.Value,
		Cores: func(n int) ([]*hw.Core, error) { return modelCores(s, n) }}
	if software.Ring > 0 {
		server.Ring = software.Ring
	}
	c, err := server.Needed()
	if err != nil {
		return nil, err
	}
	c.Given, c.Server, c.Auto = software.Cores, s.Scenario.Rack.Server.Cores, software.Auto
	return c, nil
}

// modelCores returns the cores of a server that has n of them for its software.
func modelCores(s *trial.Setup, n int) ([]*hw.Core, error) {
	with := *s.Scenario
	with.DSN.Software.Cores = n
	rack, err := placement.NewRack(sim.NewEngine(nil), &with, s.Profile, nil)
	if err != nil {
		return nil, err
	}
	return rack.ModelCores(), nil
}
