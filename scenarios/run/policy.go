package run

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/asic/table/ruleset"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// maxGenerated bounds the rules, and the routes, that are generated to be matched. Further ones would still be met by
// chance only. Assumed: the 4 million of each that a rack of 40 servers of 100 tenants needs, which are built in 13
// seconds (BenchmarkLoad of asic/policy).
const maxGenerated = 4_000_000

// manyEntries is how many rules and routes take long enough to build, a second, that the user should be told.
const manyEntries = 500_000

// newPolicy reads the rules and routes of a scenario. It is nil where no packet can be refused and no service keeps state.
// phase, if not nil, is told when that takes long.
func newPolicy(s *scenarios.Scenario, spec *steps.Spec, partly bool, phase func(string)) (*policy.Policy, error) {
	var firewall *policy.Firewall
	var routes *policy.Routes
	for i := range s.Services {
		service := &s.Services[i]
		var err error
		switch {
		case service.Name == "firewall" && (service.Rules > 0 || service.RuleFile != "" || service.DenyByDefault || service.Tracks || service.Unparsed == "deny"):
			firewall, err = readFirewall(s.Files, service, s.Run.Seed)
		case service.Name == "route" && (service.Routes > 0 || service.RouteFile != "" || service.NoDefaultRoute):
			routes, err = readRoutes(s.Files, service, s.Run.Seed)
		}
		if err != nil {
			return nil, inputError(s, service, err)
		}
	}
	if firewall == nil && routes == nil && !spec.Needed() {
		return nil, nil
	}
	entries := 0
	if firewall != nil {
		firewall.Partly = partly
		entries += len(firewall.Rules)
	}
	if routes != nil {
		entries += len(routes.Prefixes)
	}
	if phase != nil && entries >= manyEntries {
		phase(fmt.Sprintf("building tables of %s rules and routes", units.Count(entries)))
	}
	p, err := policy.New(firewall, routes)
	if err == nil {
		p.Need(spec.Steers(), spec.Rewrites())
	}
	return p, err
}

// inputError gives a fault of a service's file a position: in that file, or where the scenario names the service.
func inputError(s *scenarios.Scenario, service *scenarios.Service, err error) error {
	var syntax *ruleset.SyntaxError
	if errors.As(err, &syntax) {
		return scenarios.InputError{File: syntax.File, Line: syntax.Line, Col: syntax.Col, Msg: syntax.Msg}
	}
	return scenarios.InputError{File: s.FileOf(service.File), Line: service.Line, Col: service.Col, Msg: err.Error()}
}

// unparsed are the words of firewall.unparsed.
var unparsed = map[string]policy.Unparsed{"": policy.ByRules, "rules": policy.ByRules, "deny": policy.Never, "pass": policy.Always}

func readFirewall(files infile.Files, s *scenarios.Service, seed uint64) (*policy.Firewall, error) {
	f := &policy.Firewall{DefaultDeny: s.DenyByDefault, Unparsed: unparsed[s.Unparsed]}
	switch {
	case s.RuleFile != "":
		rules, err := ruleset.LoadRules(files, s.RuleFile)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			f.Rules = append(f.Rules, policy.Rule{Rule: r, Deny: s.FileDenies})
		}
	case len(s.RuleList) > 0:
		for i := range s.RuleList {
			f.Rules = append(f.Rules, s.RuleList[i].Tables()...)
		}
	default:
		f.Rules = policy.GenerateRules(int(min(s.Rules, maxGenerated)), seed)
	}
	return f, nil
}

func readRoutes(files infile.Files, s *scenarios.Service, seed uint64) (*policy.Routes, error) {
	r := &policy.Routes{Default: !s.NoDefaultRoute}
	if s.RouteFile == "" {
		r.Prefixes = policy.GenerateRoutes(int(min(s.Routes, maxGenerated)), seed)
		return r, nil
	}
	var err error
	r.Prefixes, err = ruleset.LoadPrefixes(files, s.RouteFile)
	return r, err
}

// stateful returns the firewall that tracks connections, or nil.
func stateful(s *scenarios.Scenario) *scenarios.Service {
	for i := range s.Services {
		if s.Services[i].Name == "firewall" && s.Services[i].Tracks {
			return &s.Services[i]
		}
	}
	return nil
}

// flagsOf returns the 16 bits that hold data offset and flags of each record with a TCP header, else 0. A fragment has those
// of its datagram.
func flagsOf(c *capture.Capture, joined *datagram.Joined) []uint16 {
	list := make([]uint16, len(c.Records))
	for i := range c.Records {
		first, ok := joined.First(i)
		if !ok {
			continue
		}
		data := c.Records[first].Data
		h := header.Parse(data)
		const offset, end = 12, 14
		if at := int(h.L4); h.Key.Proto == header.ProtoTCP && at > 0 && len(data) >= at+end {
			list[i] = uint16(data[at+offset])<<8 | uint16(data[at+offset+1])
		}
	}
	return list
}

// rulings are what a Policy says of the packets of a source: the same wherever the packet is asked about, so they are
// worked out once for each flow, or for each record where rules look at TCP flags.
type rulings struct {
	policy   *policy.Policy
	refused  []uint32 // by flow or by record
	byRecord bool
	steer    [2][]uint32 // by direction and session, or for made-up packets flow, where all packets of a flow must meet
	spec     *steps.Spec
	flows    *policy.Flows                   // of a capture, where services keep state
	made     func(flow uint32) traffic.Tuple // of a mix of sizes
	flags    uint16                          // of its packets
}

// unknown is no set of reasons.
const unknown = 1<<32 - 1

// ruleTrace asks about all packets of a capture.
func ruleTrace(p *policy.Policy, t *input, spec *steps.Spec) *rulings {
	r := &rulings{policy: p, spec: spec, flows: t.flows, byRecord: p.LooksAtFlags()}
	tuples := t.trace.Tuples()
	if r.byRecord {
		flows := t.trace.FlowOfRecords()
		for record := range flows {
			r.refused = append(r.refused, p.Refuse(&tuples[flows[record]], t.flags[record]))
		}
	}
	for i := range tuples {
		if !r.byRecord {
			r.refused = append(r.refused, p.Refuse(&tuples[i], 0))
		}
	}
	if spec.Steers() {
		for n := range t.flows.Sessions().Len() {
			one := t.flows.Sessions().At(uint32(n))
			for dir := range r.steer {
				r.steer[dir] = append(r.steer[dir], spec.Steer(one, direction(dir) == outbound))
			}
		}
	}
	return r
}

// rule fills in what the packet is refused for, and where it is steered to.
func (r *rulings) rule(p *packet.Packet, dir direction) {
	for r.made != nil && int(p.Flow) >= len(r.refused) {
		r.refused = append(r.refused, unknown)
		if r.spec.Steers() {
			r.steer[dir] = append(r.steer[dir], 0)
		}
	}
	i := int(p.Flow)
	if r.byRecord {
		i = int(p.Record)
	}
	if r.refused[i] == unknown {
		r.ask(p.Flow, dir)
	}
	p.Refused = r.refused[i]
	switch {
	case !r.spec.Steers():
	case r.made == nil:
		p.Hash = r.steer[dir][r.flows.Sessions().Of(int(p.Record))]
	default:
		p.Hash = r.steer[dir][p.Flow]
	}
}

// ask works out what becomes of a made-up flow.
func (r *rulings) ask(flow uint32, dir direction) {
	t := r.made(flow)
	r.refused[flow] = r.policy.Refuse(&t, r.flags)
	switch {
	case r.spec.Rewrites():
		one := policy.Session{Kind: header.Packet, Tuple: policy.TupleOf(&t)}
		r.steer[dir][flow] = r.spec.Steer(&one, dir == outbound)
	case r.spec.Steers():
		r.steer[dir][flow] = policy.Steer(&t)
	}
}

// stepsOf returns what the services that keep state must know, without what each job adds.
func stepsOf(s *scenarios.Scenario) *steps.Spec {
	spec := &steps.Spec{Services: serviceNames(s), Mirrors: mirrorsOf(s), NAT: natOf(s), LB: lbOf(s)}
	if f := stateful(s); f != nil {
		flows := int(f.FlowEntries)
		if flows == 0 {
			flows = policy.DefaultFlows
		}
		spec.Tracking = &policy.Spec{Flows: flows, Timeouts: f.Tracking(), EmbryonicLimit: int(f.EmbryonicLimit), Sweep: f.Sweep}
		if f.EvictWhenFull {
			spec.Tracking.WhenFull = table.EvictOldest
		}
	}
	return spec
}

// program prepares the services that keep state.
func (v *services) program() {
	j := v.job
	spec := *j.spec
	spec.Sources, spec.Policy, spec.From, spec.To = v.flows, j.policy, j.rec.from, j.rec.to
	spec.Observe = j.observe
	if j.tap != nil {
		spec.Observe = j.tap.Rewritten
	}
	sides := [steps.Sides]*steps.Spec{steps.Clear: onSide(&spec, steps.Clear), steps.Encrypted: onSide(&spec, steps.Encrypted)}
	j.rack.ProgramOf = v.programsOf(&spec)
	j.rack.Program = func(at steps.Side, m steps.Member) *steps.Program {
		spec := sides[at]
		if spec == nil {
			return nil
		}
		if m.Index == 0 {
			spec.Policers = v.policersOn(at) // the members of a device share them
		}
		p, err := steps.New(spec, m)
		if err != nil {
			panic(err) // the scenario has been checked
		}
		v.programs = append(v.programs, p)
		return p
	}
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

// flagsOfMix returns the TCP flags of made-up packets, data offset included.
func flagsOfMix(t *input) uint16 {
	if t.SYNFlood > 0 {
		return policy.SYNFlags
	}
	return policy.DataFlags
}

// flowCounts adds up what the stateful firewalls of a placement counted, or is nil without any.
func (v *services) flowCounts() *policy.Counts {
	if stateful(v.job.scenario) == nil {
		return nil
	}
	sum := &policy.Counts{}
	for _, p := range v.programs {
		c, _ := p.Tracked()
		sum.Merge(c)
	}
	return sum
}

// flowMetrics adds what a stateful firewall did.
func (o *serviceCounts) flowMetrics(m map[string]float64, window units.Duration) {
	if o.flows == nil {
		return
	}
	m["flows.new_per_second"] = float64(o.flows.New) / window.Seconds()
	m["flows.active"] = float64(o.flows.Active)
	m["flows.rejected"] = float64(o.flows.Rejected)
	m["flows.evicted"] = float64(o.flows.Evicted)
}

// networkOf returns the number of the VM in whose network an entry's packets are, unless the overlay that they came out of says
// (policy.Tenant).
func networkOf(t *scenarios.Traffic, overlay bool) uint32 {
	if len(t.VMs) == 0 || t.Opened() && overlay {
		return 0
	}
	return uint32(t.VMs[0])
}

// govern makes the policy and asks it about the captures, once for all jobs.
func govern(s *scenarios.Scenario, spec *steps.Spec, inputs []*input, phase func(string)) (*policy.Policy, error) {
	partly := passesUnseen(inputs)
	for _, t := range inputs {
		if t.trace != nil {
			seen := t.trace.Readings()
			partly = partly || seen[header.NoPorts]+seen[header.NoProtocol] > 0
		}
	}
	tenants := policy.NewTenants()
	for _, t := range inputs {
		network := networkOf(t.Traffic, s.Stack().Overlay != tunnel.NoOverlay)
		t.tenant = tenants.Number(policy.Tenant{Network: network})
		if t.trace != nil && spec.Needed() {
			tuples := t.trace.Tuples()
			t.flows = policy.NewFlows(tuples).Of(network, tuples, tenants).WithFlags(t.flags).WithSessions(t.sessions)
		}
	}
	p, err := newPolicy(s, spec, partly, phase)
	if p == nil || err != nil {
		return nil, err
	}
	for _, t := range inputs {
		if t.trace != nil {
			t.rulings = ruleTrace(p, t, spec)
			for dir := range t.reach {
				t.reach[dir].judge(t)
			}
		}
	}
	return p, nil
}
