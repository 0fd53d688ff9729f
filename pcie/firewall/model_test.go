package firewall

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// naive judges an access byte by byte by looking at every window.
func naive(windows []Window, passUnclaimed bool, a Access) Answer {
	own, refused := false, false
	for x := a.Addr; x < a.Addr+uint64(max(1, a.Len)); x++ {
		claimed, admitted, mine := false, false, false
		for _, w := range windows {
			if w.Space != a.Space || x < w.From || x >= w.To {
				continue
			}
			claimed = true
			if w.Function == a.Requester {
				mine = true
				admitted = admitted || w.Rights&a.Right != 0
			}
		}
		own = own || mine
		refused = refused || claimed && !admitted || !claimed && !passUnclaimed
	}
	switch {
	case !refused:
		return Passed
	case own:
		return Abort
	}
	return Unsupported
}

// drawWindow makes windows in a small space, so that they meet.
func drawWindow(t *rapid.T) Window {
	from := rapid.Uint64Range(0, 60).Draw(t, "from")
	return Window{Space: Space(rapid.IntRange(0, int(spaces)-1).Draw(t, "space")),
		Function: Function(rapid.IntRange(0, 3).Draw(t, "function")), From: from,
		To: from + rapid.Uint64Range(1, 12).Draw(t, "size"), Rights: Right(rapid.IntRange(1, 3).Draw(t, "rights"))}
}

func drawAccess(t *rapid.T) Access {
	return Access{Requester: Function(rapid.IntRange(0, 3).Draw(t, "requester")),
		Space: Space(rapid.IntRange(0, int(spaces)-1).Draw(t, "space")), Right: Right(rapid.IntRange(1, 2).Draw(t, "right")),
		Addr: rapid.Uint64Range(0, 75).Draw(t, "addr"), Len: units.Bytes(rapid.IntRange(0, 16).Draw(t, "len"))}
}

// Whatever windows are set and taken out, the sorted arrays give the answer of the naive search.
func TestAgreesWithNaiveSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pass := rapid.Bool().Draw(t, "pass unclaimed")
		f := New(Spec{Functions: 4, PassUnclaimed: pass})
		config := f.Open(Network)
		var model []Window
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch {
			case len(model) > 0 && rapid.IntRange(0, 3).Draw(t, "remove") == 0:
				i := rapid.IntRange(0, len(model)-1).Draw(t, "which")
				require.NoError(t, config.Remove(model[i]))
				model = append(model[:i], model[i+1:]...)
			default:
				w := drawWindow(t)
				overlaps := false
				for _, o := range model {
					overlaps = overlaps || o.Space == w.Space && o.Function == w.Function && o.From < w.To && w.From < o.To
				}
				err := config.Add(w)
				require.Equal(t, overlaps, err != nil, "%v", err)
				if err == nil {
					model = append(model, w)
				}
			}
			require.Len(t, f.Windows(), len(model))
			for range 5 {
				a := drawAccess(t)
				require.Equal(t, naive(model, pass, a), f.Judge(a), "%+v among %v", a, model)
			}
		}
	})
}

// FuzzJudge is the same against bytes: four a window, then one access.
func FuzzJudge(f *testing.F) {
	f.Add([]byte{0, 1, 10, 5, 0, 2, 15, 9}, byte(0), byte(1), byte(12), byte(4), true)
	f.Add([]byte{2, 1, 0, 255}, byte(2), byte(3), byte(250), byte(200), false)
	f.Fuzz(func(t *testing.T, windows []byte, space, requester, addr, n byte, pass bool) {
		fw := New(Spec{Functions: 256, PassUnclaimed: pass})
		for len(windows) >= 4 && len(fw.Windows()) < 64 {
			b := windows[:4]
			windows = windows[4:]
			_ = fw.Open(Network).Add(Window{Space: Space(b[0] % byte(spaces)), Function: Function(b[1] & 3),
				From: uint64(b[2]), To: uint64(b[2]) + uint64(b[3]>>2), Rights: Right(b[3] & 3)})
		}
		for _, right := range []Right{Read, Write} {
			a := Access{Function(requester & 3), Space(space % byte(spaces)), right, uint64(addr), units.Bytes(n)}
			if got, want := fw.Judge(a), naive(fw.Windows(), pass, a); got != want {
				t.Fatalf("%+v: got %s, want %s, among %v", a, got, want, fw.Windows())
			}
		}
	})
}

// BenchmarkCheck looks up in the windows of 256 functions.
func BenchmarkCheck(b *testing.B) {
	f := New(Spec{Functions: 257, PassUnclaimed: true})
	for n := range 256 {
		at := uint64(n) << 16
		require.NoError(b, f.Open(Network).Add(Window{BAR, VF(n), at, at + 1<<16, Read | Write}))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.Check(units.At(units.Duration(i)), Access{VF(i & 255), BAR, Read, uint64(i) << 12 & 0xffffff, 8})
	}
}
