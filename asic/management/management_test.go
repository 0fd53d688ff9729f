package management

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/sim/units"
)

func domain(t testing.TB, s Setup) *Domain {
	t.Helper()
	if s.VMs == 0 {
		s.VMs, s.VFs = 4, 4
	}
	d, err := New(s)
	require.NoError(t, err)
	return d
}

func outcome(d *Domain, from, to Node, right firewall.Right) Outcome {
	o, _ := d.Try(from, to, right)
	return o
}

// What a compromised server can take over follows from where the DSN is, how it is managed, and the firewall.
func TestCompromisedServer(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Setup
		want []Resource
	}{
		{"software", Setup{Place: HostMemory}, []Resource{Process, Policy, Keys, Memory}},
		{"software, managed by the host", Setup{Place: HostMemory, Mode: Host}, []Resource{Process, Policy, Keys, Memory}},
		{"card", Setup{Place: Card}, nil},
		{"card, out of band", Setup{Place: Card, Mode: OutOfBand}, nil},
		{"card, managed by the host", Setup{Place: Card, Mode: Host}, []Resource{Policy}},
		{"card without firewall", Setup{Place: Card, Unguarded: true}, []Resource{Policy, Windows, Keys, Memory}},
		{"box", Setup{Place: Box}, nil},
		{"box, asked to be managed by the host", Setup{Place: Box, Mode: Host}, nil},
		{"box without firewall, which it does not have", Setup{Place: Box, Unguarded: true}, nil},
	} {
		assert.Equal(t, c.want, domain(t, c.s).Compromised(Kernel()), c.name)
	}
}

// The policy manager can set policy wherever the DSN is and however it is managed.
func TestManagerIsNeverLockedOut(t *testing.T) {
	for _, place := range []Place{HostMemory, Card, Box} {
		for _, mode := range []Mode{InBand, OutOfBand, Host} {
			d := domain(t, Setup{Place: place, Mode: mode})
			assert.Equal(t, Open, outcome(d, Manager(), DSN(Policy), firewall.Write), "place %d, mode %d", place, mode)
		}
	}
	// Managed by the host, the card's keys can be set, and read by nobody outside.
	d := domain(t, Setup{Place: Card, Mode: Host})
	assert.Equal(t, Open, outcome(d, Manager(), DSN(Keys), firewall.Write))
	assert.Equal(t, Open, outcome(d, Kernel(), DSN(Keys), firewall.Write), "through the key store's requests")
	assert.Equal(t, Refused, outcome(d, Guest(0), DSN(Keys), firewall.Write))
	for _, by := range []Node{Kernel(), Guest(0), Manager()} {
		assert.Equal(t, Refused, outcome(d, by, DSN(Keys), firewall.Read), "%s", by)
	}
	assert.Equal(t, Refused, outcome(d, Kernel(), DSN(Windows), firewall.Write), "the firewall is the network's alone")
	// Managed over the network, the network sets keys and does not read them either.
	d = domain(t, Setup{Place: Card})
	assert.Equal(t, Open, outcome(d, Manager(), DSN(Keys), firewall.Write))
	assert.Equal(t, Refused, outcome(d, Manager(), DSN(Keys), firewall.Read))
	assert.Equal(t, Refused, outcome(d, Kernel(), DSN(Keys), firewall.Write))
}

// A guest has what is its function's and nothing else; without the firewall it has everything on the card.
func TestGuests(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		vms := rapid.IntRange(2, 40).Draw(rt, "vms")
		s := Setup{Place: Card, VMs: vms, VFs: vms, Mode: Mode(rapid.IntRange(0, 2).Draw(rt, "mode"))}
		me, other := rapid.IntRange(0, vms-1).Draw(rt, "me"), rapid.IntRange(0, vms-1).Draw(rt, "other")
		r := Resource(rapid.IntRange(int(Registers), int(Buffers)).Draw(rt, "resource"))
		d, err := New(s)
		require.NoError(rt, err)
		want := Refused
		if me == other {
			want = Open
		}
		require.Equal(rt, want, outcome(d, Guest(me), Of(r, firewall.VF(other)), firewall.Write))
		require.Equal(rt, Refused, outcome(d, Guest(me), Of(r, firewall.PF), firewall.Write))
		require.Equal(rt, Refused, outcome(d, Guest(me), DSN(Policy), firewall.Write))
		s.Unguarded = true
		d, err = New(s)
		require.NoError(rt, err)
		require.Equal(rt, Open, outcome(d, Guest(me), Of(r, firewall.VF(other)), firewall.Write))
	})
}

// Each window counts: with any one of them gone, the attack that it kept out succeeds, and only that one.
func TestEachWindowKeepsSomethingOut(t *testing.T) {
	s := Setup{Place: Card, VMs: 3, VFs: 3}
	targets := map[string]Node{}
	rogue := func(f firewall.Function) Node { // someone who is not the owner
		if f == firewall.VF(0) {
			return Guest(1)
		}
		return Guest(0)
	}
	for _, r := range []Resource{Registers, Queues, Buffers} {
		for f := range firewall.Function(s.VFs + 1) {
			targets[Of(r, f).String()] = Of(r, f)
		}
	}
	for _, r := range []Resource{Policy, Windows, Keys, Memory} {
		targets[r.String()] = DSN(r)
	}
	open := func(d *Domain) (list []string) {
		for name, to := range targets {
			owner := firewall.Internal
			if to.resource.PerFunction() {
				owner = firewall.Function(to.n)
			}
			if outcome(d, rogue(owner), to, firewall.Write) == Open {
				list = append(list, name)
			}
		}
		return list
	}
	windows := domain(t, s).Firewall.Windows()
	require.Len(t, windows, 3*4+4+1)
	seen := map[string]bool{}
	for _, w := range windows {
		d := domain(t, s)
		require.Empty(t, open(d))
		require.NoError(t, d.Firewall.Open(firewall.Network).Remove(w))
		got := open(d)
		if w.From == storeAt && w.Space == firewall.BAR {
			require.Empty(t, got, "the key store refuses by itself too")
			continue
		}
		require.Len(t, got, 1, "%v", w)
		region, ok := d.Region(targets[got[0]].resource, firewall.Function(targets[got[0]].n))
		require.True(t, ok)
		assert.Equal(t, Region{w.Space, w.From, w.To}, region)
		seen[got[0]] = true
	}
	assert.Len(t, seen, len(targets))
}

// Nothing on a card shares an address with anything else.
func TestRegionsAreDisjoint(t *testing.T) {
	d := domain(t, Setup{Place: Card, VMs: 4096, VFs: 4096, Memory: 8 * units.GiB})
	type named struct {
		name string
		g    Region
	}
	var list []named
	for _, f := range []firewall.Function{0, 1, 2, 4095, 4096} {
		for _, r := range []Resource{Registers, Queues, Buffers} {
			g, ok := d.Region(r, f)
			require.True(t, ok)
			list = append(list, named{fmt.Sprint(r, f), g})
		}
	}
	for _, r := range []Resource{Policy, Windows, Keys, Memory} {
		g, _ := d.Region(r, 0)
		list = append(list, named{r.String(), g})
	}
	for i, a := range list {
		require.Less(t, a.g.From, a.g.To, a.name)
		for _, b := range list[:i] {
			require.False(t, a.g.Space == b.g.Space && a.g.From < b.g.To && b.g.From < a.g.To, "%s and %s", a.name, b.name)
		}
	}
	_, ok := d.Region(Registers, firewall.VF(4096))
	assert.False(t, ok, "a function that is not there")
	_, ok = domain(t, Setup{Place: Box}).Region(Policy, 0)
	assert.False(t, ok)
}

// An access stays inside its region, whatever the offset.
func TestAccessStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Region{firewall.DMA, 1 << 20, 1<<20 + rapid.Uint64Range(1, 10_000).Draw(t, "size")}
		n := units.Bytes(rapid.IntRange(1, 4096).Draw(t, "n"))
		a := g.Access(firewall.PF, firewall.Read, rapid.Uint64().Draw(t, "offset"), n)
		require.GreaterOrEqual(t, a.Addr, g.From)
		if uint64(n) <= g.To-g.From {
			require.LessOrEqual(t, a.Addr+uint64(n), g.To)
		}
	})
}

// What is told of a way, or of why there is none.
func TestWords(t *testing.T) {
	card := domain(t, Setup{Place: Card})
	outcome, way := card.Try(Guest(2), Of(Queues, firewall.VF(0)), firewall.Write)
	assert.Equal(t, Refused, outcome)
	assert.Equal(t, "VM 2 -> VF 2 -> chip -> queue of VF 0", way.String())
	assert.Equal(t, PCIe, way.Door)
	assert.Equal(t, firewall.VF(2), way.Requester)
	_, way = domain(t, Setup{Place: HostMemory}).Try(Kernel(), DSN(Process), firewall.Write)
	assert.Equal(t, "kernel -> host memory -> software", way.String())
	assert.Equal(t, HostBus, way.Door)

	const locked = ", and its management port asks for the policy manager's credential"
	for _, c := range []struct {
		s        Setup
		from, to Node
		want     string
	}{
		{Setup{Place: Box}, Kernel(), DSN(Policy), "the DSN has no PCIe function in the server" + locked},
		{Setup{Place: Box, Mode: Host}, Kernel(), DSN(Policy), "the DSN has no PCIe function in the server" + locked},
		{Setup{Place: Box, Mode: OutOfBand}, Kernel(), DSN(Policy), "the DSN has no PCIe function in the server"},
		{Setup{Place: Box}, Guest(1), Of(Queues, firewall.VF(0)), "the DSN has no PCIe function in the server"},
		{Setup{Place: Card}, Kernel(), DSN(Process), "the DSN is not software on the host"},
		{Setup{Place: HostMemory}, Guest(0), Of(Registers, firewall.VF(1)), "the DSN is software on the host, and gives its VMs no PCIe function"},
		{Setup{Place: HostMemory}, Kernel(), DSN(Windows), "software has no PCIe firewall"},
		{Setup{Place: Card, VMs: 4, VFs: 0, Mode: OutOfBand}, Guest(1), Of(Queues, firewall.VF(0)), "the VM has no virtual function"},
	} {
		d := domain(t, c.s)
		outcome, _ := d.Try(c.from, c.to, firewall.Write)
		assert.Equal(t, NoPath, outcome, c.want)
		assert.Equal(t, c.want, d.WhyNoPath(c.from, c.to))
	}
	for _, place := range []Place{HostMemory, Card, Box} {
		outcome, way := domain(t, Setup{Place: place}).Try(Outsider(), DSN(Connections), firewall.Write)
		assert.Equal(t, Open, outcome)
		assert.Equal(t, Traffic, way.Door)
		assert.Equal(t, "outsider -> ports of the DSN -> connections", way.String())
		assert.Empty(t, domain(t, Setup{Place: place}).Compromised(Outsider()))
	}
	for r := range resources {
		got, ok := ResourceOf(r.String())
		assert.True(t, ok)
		assert.Equal(t, r, got)
	}
	_, ok := ResourceOf("none")
	assert.False(t, ok)
}

// A firewall that is too small for the functions is refused with the number.
func TestTooManyFunctions(t *testing.T) {
	_, err := New(Setup{Place: Card, VMs: 100, VFs: 100, Firewall: firewall.Spec{Windows: 64}})
	require.ErrorIs(t, err, firewall.ErrWindow)
	assert.Contains(t, err.Error(), "100 virtual functions")
}
