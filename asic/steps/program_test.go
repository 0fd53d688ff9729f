package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// there is a flow of its own for each number, of TCP; flow 0 is not IP.
func there(flow uint32) traffic.Tuple {
	if flow == 0 {
		return traffic.Tuple{}
	}
	u := traffic.Tuple{IP: true}
	u.Src, u.Dst, u.Proto, u.SrcPort, u.DstPort = [16]byte{10, 0, 0, 1}, [16]byte{11}, header.ProtoTCP, uint16(flow), 80
	return u
}

func back(flow uint32) traffic.Tuple {
	u := there(flow)
	u.Key = u.Reverse()
	return u
}

// twoWays has source 0 inbound, and source 1 outbound with the answers.
func twoWays() *policy.Sources {
	s := &policy.Sources{}
	s.AddSynthetic(0, false, there)
	s.AddSynthetic(0, true, back)
	return s
}

func of1(source int, flow, refused uint32) *packet.Packet {
	return &packet.Packet{Key: packet.MakeKey(source, 0), Flow: flow, Refused: refused}
}

// noter notes that it was called, and refuses on demand.
type noter struct {
	name   string
	log    *[]string
	refuse bool
}

func (n *noter) Do(v *Visit) {
	*n.log = append(*n.log, n.name)
	v.Tuple.SrcPort++
	if n.refuse {
		v.Refuse(stats.DropMemoryQueue)
	}
}

// Services come in the order of the chain inbound and in reverse outbound, each sees what those before it left of the
// headers, and none sees a packet that one before it refused.
func TestOrder(t *testing.T) {
	var log []string
	a, b := &noter{name: "a", log: &log}, &noter{name: "b", log: &log}
	routes, err := policy.New(nil, nil)
	require.NoError(t, err)
	g := &Program{sources: twoWays(), steps: []Step{a, b, &route{policy: routes}}, owned: policy.Denied | policy.NoRoute, headers: true}
	g.Look(units.At(0), of1(0, 7, 0))
	assert.Equal(t, []string{"a", "b"}, log)
	assert.EqualValues(t, 9, g.visit.Tuple.SrcPort)
	log = nil
	g.Judge(units.At(0), of1(1, 7, 0))
	assert.Equal(t, []string{"b", "a"}, log)
	log = nil
	p := of1(1, 7, policy.NoRoute)
	g.Look(units.At(0), p)
	assert.Empty(t, log, "route comes first outbound")
	assert.Equal(t, policy.NoRoute, p.Refused)
	a.refuse = true
	p = of1(0, 7, policy.NoRoute)
	g.Look(units.At(0), p)
	assert.Equal(t, []string{"a"}, log)
	assert.EqualValues(t, 1<<stats.DropMemoryQueue, p.Refused, "the first that refuses decides")
}

func program(t *testing.T, s *Spec) *Program {
	t.Helper()
	require.True(t, s.Needed())
	g, err := New(s, Member{Of: 1})
	require.NoError(t, err)
	return g
}

// A stateful firewall alone lets answers pass, sees packets without a route, and leaves what is not IP.
func TestFirewallAlone(t *testing.T) {
	g := program(t, &Spec{Services: []*Kind{nil, &Firewall, &Route}, Sources: twoWays(), To: units.Forever,
		Tracking: &policy.Spec{Flows: 10, Timeouts: policy.DefaultTimeouts()}})
	answer := of1(1, 5, policy.Denied)
	assert.True(t, g.Look(units.At(0), answer).New)
	assert.Equal(t, policy.Denied, answer.Refused)
	p := of1(0, 5, policy.NoRoute)
	g.Judge(units.At(0), p)
	assert.Equal(t, policy.NoRoute, p.Refused)
	found := g.Look(units.At(0), answer)
	assert.True(t, found.Keyed)
	assert.False(t, found.New || found.Enter || found.Skip)
	assert.Zero(t, answer.Refused)
	assert.True(t, g.Look(units.At(0), of1(0, 0, 0)).Skip)
	c, ok := g.Tracked()
	assert.True(t, ok)
	assert.Equal(t, policy.Counts{New: 1, Active: 1}, c)
}

// Members share the table of one device, or have one each.
func TestMembers(t *testing.T) {
	assert.Equal(t, 4, Member{Of: 3, Shared: true}.share(10))
	assert.Equal(t, 10, Member{Of: 3}.share(10))
	_, err := New(&Spec{Services: []*Kind{&Firewall}, Sources: twoWays(), Tracking: &policy.Spec{}}, Member{Of: 1})
	assert.ErrorContains(t, err, "firewall: ")
	assert.False(t, (&Spec{Services: []*Kind{nil, &Firewall, &Route}}).Needed())
}

// kindsOf returns those of services, by their names.
func kindsOf(names ...string) (list []*Kind) {
	for _, name := range names {
		for _, k := range []*Kind{&Firewall, &Route, &Translation, &Balancing, &Policing, &Mirroring} {
			if k.Name == name {
				list = append(list, k)
			}
		}
	}
	return list
}
